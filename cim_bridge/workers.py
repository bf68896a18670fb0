"""Who does the parts of long work: this process, others on this machine, or Dask's on many.

Keeper of distributed, which is optional (`pip install "cim-twin[dask]"`).
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cim_bridge.child import die_with_parent
from cim_bridge.errors import Unavailable, WrongUse

_SECONDS = 20
"""How long a Dask scheduler may take to answer."""


@dataclass(frozen=True)
class Crew:
    """An executor and how many of it work at the same time; `pool` None: this process alone."""

    pool: Executor | None = None
    many: int = 1


ALONE = Crew()
"""Nobody else."""


@contextmanager
def crew_of(jobs: int = 1, dask: str | None = None) -> Iterator[Crew]:
    """Processes of this machine, or those of the Dask scheduler at an address.

    What they make is the same, byte for byte, however many they are. Raises Unavailable where
    there is no Dask, nobody answers, or a process was killed.
    """
    if dask is not None and jobs > 1:
        raise WrongUse("--jobs 与 --dask 只能给一个 / give --jobs or --dask, not both")
    crew = _dask(dask) if dask is not None else _processes(jobs) if jobs > 1 else ALONE
    try:
        yield crew
    except BrokenProcessPool as exc:
        raise Unavailable(
            "工作进程被系统终止，可能是内存不足；减少 --jobs 后重新运行 / "
            "a worker process was killed, perhaps for want of memory; run again with fewer --jobs"
        ) from exc
    finally:
        if crew.pool is not None:
            crew.pool.shutdown(wait=True, cancel_futures=True)


def _processes(jobs: int) -> Crew:
    """Fresh processes: a copy of this one would hold its locks without its threads."""
    fresh = multiprocessing.get_context("spawn")
    return Crew(ProcessPoolExecutor(jobs, mp_context=fresh, initializer=_begin), jobs)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def _dask(address: str) -> Crew:
    try:
        from distributed import Client
    except ImportError as exc:
        raise Unavailable(
            '没有安装 Dask / Dask is not installed: pip install "cim-twin[dask]"'
        ) from exc
    try:
        client: Any = Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise Unavailable(
            f"Dask 调度器 {address} 没有应答 / no Dask scheduler answers at {address}: {exc}"
        ) from exc
    return Crew(_Client(client), max(sum(client.nthreads().values()), 1))


class _Client(Executor):
    """Dask as an executor of the standard library; closes its client when it is shut down."""

    def __init__(self, client: Any) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Send one call to whichever worker is free."""
        return self._executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End what still runs and leave the scheduler as it was."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()
