"""A file that stands for chunks which this process laid down, so that a reader can take them up.

It holds a token that only this process knows: a file that somebody else made is never taken, for
chunks are trusted as they are.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import orjson

from cim_bridge.spool import Spool

_TOKEN = secrets.token_hex(16)
_HEAD = b'{"chunks laid by":"' + _TOKEN.encode() + b'"'


def laid(spool: Spool, path: Path) -> Path:
    """Write the file that stands for a spool; returns its path."""
    path.write_bytes(orjson.dumps({"chunks laid by": _TOKEN, "folder": str(spool.folder)}))
    return path


def is_laid(head: bytes) -> bool:
    """Whether a file of this beginning is one of this process."""
    return head.startswith(_HEAD)


def chunks_at(path: Path) -> Spool:
    """The chunks that a file stands for."""
    return Spool(Path(orjson.loads(path.read_bytes())["folder"]))
