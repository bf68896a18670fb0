"""Work that may crash or swell is done in a child process with limits on time and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_MEGABYTES = "CIM_CHILD_MEGABYTES"


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
        if self.late:
            return "out of time"
        lines = self.errors.strip().splitlines()
        if self.code < 0 or self.code > 128:
            return f"crashed (signal {-self.code if self.code < 0 else self.code - 128})"
        return lines[-1][:200] if lines else f"exit {self.code}"


def run_child(module: str, *words: str, seconds: float, megabytes: int) -> Ended:
    """Run `python -m module words...` and wait; a child that is late is killed with its own."""
    home = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")]))
    env = {**os.environ, "PYTHONPATH": path, _MEGABYTES: str(megabytes)}
    child = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        env=env,
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
    return Ended(child.returncode, errors.decode("utf-8", "replace"))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child with all it started."""
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.communicate()


def confine() -> None:
    """Hold this process to the memory its parent allows (called first in a child)."""
    allowed = int(os.environ.get(_MEGABYTES, "0"))
    try:
        import resource
    except ImportError:  # not on Windows: there the time limit alone holds
        return
    if allowed:
        resource.setrlimit(resource.RLIMIT_AS, (allowed << 20, allowed << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
