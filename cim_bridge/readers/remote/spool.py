"""The folder that a fetch is laid into: beside the releases, gone afterwards, even after a kill."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_bridge.folder import CityFolder

_NAME = re.compile(r"^\.remote-(\d+)-")


@contextmanager
def spool_folder(folder: CityFolder) -> Iterator[Path]:
    """A private folder that bears this process's number; removed when the block ends."""
    prefix = f".remote-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.path) as path:
        yield Path(path)


def sweep(folder: CityFolder) -> None:
    """Remove what a killed fetch left: folders of processes that are no more."""
    for path in folder.path.glob(".remote-*"):
        found = _NAME.match(path.name)
        if found is not None and not _runs(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is another user's
    return True
