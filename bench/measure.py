"""CPU seconds and memory of child processes, and how steady the machine was meanwhile."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

_LIMIT = 400
"""Seconds after which a child is ended and its measurement dropped."""


@dataclass(frozen=True)
class Run:
    """What one child process cost: user and system seconds with its children, peak memory."""

    cpu: float
    wall: float
    peak_mb: float
    output: str


class ChildFailed(RuntimeError):
    """A measured program ended with an error or ran too long."""


def run(command: list[str], *, cwd: Path | None = None, tree: bool = False) -> Run:
    """Run a program to its end and read the kernel's account of it.

    tree: the peak is that of the sum over the program and all its children.
    """
    start = time.monotonic()
    peak = _Peak(tree=tree)
    with tempfile.TemporaryFile("w+") as log:
        child = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=subprocess.STDOUT)
        late = threading.Event()
        timer = threading.Timer(_LIMIT, _end, (child, late))
        timer.start()
        peak.watch(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        peak.stop()
        child.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read()
    if late.is_set():
        raise ChildFailed(f"timed out after {_LIMIT} s")
    if child.returncode:
        raise ChildFailed(f"{' '.join(command)}: {child.returncode}\n{output[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(cpu, time.monotonic() - start, peak.mb, output)


def _end(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


class _Peak:
    """The largest resident size of a process, from the kernel's own high-water mark.

    `ru_maxrss` will not do: a child starts with the memory of the process that made it, and that
    mark stays when it becomes another program. With `tree` also the largest sum of the resident
    sizes of the process and all below it that was met.
    """

    def __init__(self, *, tree: bool = False) -> None:
        self.mb = 0.0
        self._tree = tree
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, pid: int) -> None:
        """Look every 20 ms until told to stop; the mark only grows, so the last look counts."""
        self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End watching."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self, pid: int) -> None:
        while not self._done.wait(0.02):
            try:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                return
            marks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
            self.mb = max(int(marks[0]) / 1024.0 if marks else 0.0, self.mb)
            if self._tree:
                self.mb = max(sum(map(_resident, below(pid))), self.mb)


def below(pid: int) -> list[int]:
    """The process and all its descendants."""
    found, ask = [], [pid]
    while ask:
        one = ask.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                ask += [int(word) for word in children.read_text().split()]
            except OSError:  # it ended meanwhile
                continue
    return found


def _resident(pid: int) -> float:
    """Resident megabytes of a process; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def calibrate() -> float:
    """CPU seconds of a fixed piece of work (zlib of 2 MB): how fast this machine is just now."""
    block = bytes(range(256)) * 8192
    start = time.process_time()
    zlib.compress(block, 6)
    zlib.compress(block[::-1], 6)
    return time.process_time() - start


def load() -> float:
    """The machine's load average of the last minute."""
    return os.getloadavg()[0]
