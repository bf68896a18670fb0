"""Foreign bytes are parsed in a child process with limits on time and memory.

A child is `python -m MODULE JOB ...`: it calls `confine` first, reads JOB/told.json, and hands its
results over as files in JOB (.npy, .npz or cim_bridge.spoolarrays, never pickled). Whatever becomes
of it, the parent lives and reports how it ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_MEGABYTES, _SECONDS = "CIM_CHILD_MEGABYTES", "CIM_CHILD_SECONDS"

OUT_OF_MEMORY = 88
"""Exit code of a child that was refused memory and could still say so."""

_PDEATHSIG = 1
_MOST = 1 << 20
"""Bytes of a child's last words that are kept."""

_QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""Settings under which a child asks for no more threads and address space than it needs."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: exit code (negative: killed by that signal), last words, out of time."""

    code: int
    errors: str
    late: bool = False

    @property
    def well(self) -> bool:
        """Whether it did its work."""
        return self.code == 0 and not self.late

    @property
    def reason(self) -> str:
        """One line that says how it ended."""
        if self.late or self.code == -getattr(signal, "SIGXCPU", 24):
            return "out of time"
        if self.code == OUT_OF_MEMORY:
            return "out of memory"
        lines = self.errors.strip().splitlines()
        if self.code < 0 or self.code > 128:
            return f"crashed (signal {-self.code if self.code < 0 else self.code - 128})"
        return lines[-1][:200] if lines else f"exit {self.code}"

    @property
    def broke(self) -> bool:
        """Whether it hit a limit or crashed, rather than ending by its own word."""
        return self.late or self.code < 0 or self.code > 128 or self.code == OUT_OF_MEMORY


def run_child(module: str, *words: str, seconds: float, megabytes: int) -> Ended:
    """Run `python -m module words...` and wait; a child that is late is killed with its own.

    seconds: of wall time, and of CPU time where the system can limit that. megabytes: of address
    space (a Unix limit; on Windows time alone is limited).
    """
    home = str(Path(__file__).resolve().parent.parent)
    # an empty entry would be the working folder, where anybody's code may lie
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join(filter(None, [home, *named]))
    limits = {_MEGABYTES: str(megabytes), _SECONDS: str(max(int(seconds), 1))}
    child = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        env={**os.environ, **_QUIET, "PYTHONSAFEPATH": "1", "PYTHONPATH": path, **limits},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(child)
        return Ended(-9, "", late=True)
    except BaseException:
        _end(child)
        raise
    return Ended(child.returncode, errors[-_MOST:].decode("utf-8", "replace"))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child with all it started."""
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.communicate()


def confine() -> None:
    """Hold this process to the memory and time its parent allows (called first in a child)."""
    allowed, seconds = (int(os.environ.get(name, "0")) for name in (_MEGABYTES, _SECONDS))
    try:
        import resource
    except ImportError:  # not on Windows: there the parent's clock alone holds
        return
    if allowed:
        resource.setrlimit(resource.RLIMIT_AS, (allowed << 20, allowed << 20))
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    die_with_parent()


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is killed."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def generous(size: int, *, least: int = 3000, factor: int = 12) -> tuple[float, int]:
    """Seconds and megabytes that an honest file of so many bytes needs at most.

    Measured: the worst honest case, GeoJSON read whole, takes ten times its size and a second for
    four megabytes.
    """
    megabytes = size >> 20
    return 300.0 + megabytes, least + factor * megabytes
