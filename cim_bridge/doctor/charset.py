"""Encoding of a Shapefile's texts: what is declared, what the bytes are."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_MOST = 8 << 20
_PAGES = {0x4D: "gbk", 0x7A: "gbk", 0x4E: "cp949", 0x4F: "big5", 0x57: "iso-8859-1", 0x58: "cp1252"}
"""Language driver ids of a DBF header that name an encoding."""
_SAME = {"utf8": "utf-8", "65001": "utf-8", "gbk": "gb18030", "gb2312": "gb18030",
         "936": "gb18030", "cp936": "gb18030", "ansi936": "gb18030"}  # fmt: skip


@dataclass(frozen=True)
class Charset:
    """declared: as the .cpg or the DBF header says, "" nothing. detected: "" for plain ASCII.

    lies: the texts cannot be in the declared encoding. sample: a few texts as detected.
    """

    declared: str
    detected: str
    lies: bool
    sample: tuple[str, ...] = ()


def charset(path: Path) -> Charset | None:
    """Look at the texts of a Shapefile; None when it has no .dbf."""
    beside = {item.suffix.lower(): item for item in path.parent.glob(f"{path.stem}.*")}
    dbf = beside.get(".dbf")
    if dbf is None:
        return None
    with dbf.open("rb") as handle:
        data = handle.read(_MOST)
    declared = ""
    if ".cpg" in beside:
        declared = beside[".cpg"].read_text("latin-1").strip()[:40]
    elif len(data) > 32:
        declared = _PAGES.get(data[29], "")
    texts = _texts(data)
    detected = _detected(texts)
    plain = "".join(c for c in declared.lower() if c.isalnum())
    meant = _SAME.get(plain, declared.lower())
    lies = bool(declared and detected and not _reads(texts, meant))
    return Charset(declared, detected, lies, _sample(texts, detected))


def _texts(data: bytes) -> list[bytes]:
    """Distinct cells of the character fields that hold more than ASCII."""
    if len(data) < 65:
        return []
    count, start, width = struct.unpack_from("<IHH", data, 4)
    if start < 33 or width < 1 or start > len(data):
        return []
    rows = min(count, (len(data) - start) // width)
    table = np.frombuffer(data, np.uint8, rows * width, start).reshape(rows, width)
    found: dict[bytes, None] = {}
    at = 1
    for field in range(32, start - 1, 32):
        size = data[field + 16] if field + 16 < len(data) else 0
        if data[field : field + 1] == b"\r":
            break
        if data[field + 11 : field + 12] == b"C" and at + size <= width:
            column = table[:, at : at + size]
            high = column[(column > 127).any(axis=1)]
            found.update(dict.fromkeys(row.tobytes().strip(b" \0") for row in high[:20_000]))
        at += size
    return list(found)


def _reads(texts: list[bytes], encoding: str) -> bool:
    try:
        for item in texts:
            item.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return encoding not in ("iso-8859-1", "latin1", "iso88591") or _detected(texts) == ""


def _detected(texts: list[bytes]) -> str:
    if not texts:
        return ""
    for encoding in ("utf-8", "gb18030"):
        try:
            for item in texts:
                item.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "?"


def _sample(texts: list[bytes], encoding: str) -> tuple[str, ...]:
    if encoding in ("", "?"):
        return ()
    return tuple(item.decode(encoding) for item in texts[:5])
