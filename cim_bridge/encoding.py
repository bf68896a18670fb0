"""Text of unknown encoding: UTF-8 strictly, else GB18030 strictly, and always say which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cim_bridge.issues import IssueLog

if TYPE_CHECKING:
    import pandas as pd

_LOST = re.compile("[\ufffd\ue000-\uf8ff]")
"""The mark for lost letters, and letters of no script, which a wrong encoding gives."""
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def guess(texts: list[str], *, undeclared: bool) -> tuple[str, list[str]] | None:
    """Re-read texts that were taken for Latin-1 though they are UTF-8 or GB18030.

    None when they are what they seem: plain ASCII, or no bytes of either encoding. Where the file
    declared an encoding, GB18030 must leave no doubt.
    """
    if all(text.isascii() for text in texts):
        return None
    raw = _bytes(texts)
    if raw is None:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            decoded = [item.decode(encoding) for item in raw]
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _chinese(decoded, sure=not undeclared):
            return encoding, decoded
    return None


def _bytes(texts: list[str]) -> list[bytes] | None:
    """What stood in the file, if it was read as one of the western one-byte encodings."""
    for encoding in ("latin-1", "cp1252"):
        try:
            return [text.encode(encoding) for text in texts]
        except UnicodeEncodeError:
            continue
    return None


def _chinese(texts: list[str], *, sure: bool) -> bool:
    """Chinese comes in runs of common characters: the `ä` of Hästens does not."""
    runs = [run for text in texts for run in _FOREIGN.findall(text)]
    letters = "".join(runs)
    common = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" for c in letters)
    share, length = (0.98, 2.0) if sure else (0.9, 1.5)
    return bool(runs) and common >= share * len(letters) and len(letters) >= length * len(runs)


def mend_texts(frame: pd.DataFrame, log: IssueLog, *, file: str, undeclared: bool) -> None:
    """Decode wrongly read text columns in place, and report what was guessed or lost."""
    encodings: dict[str, list[str]] = {}
    for name in frame.columns:
        if frame[name].dtype.kind not in "OTU" and str(frame[name].dtype) != "str":
            continue
        present = frame[name].dropna()
        texts = [value for value in present.tolist() if isinstance(value, str)]
        if len(texts) != len(present) or not texts:
            continue
        found = guess(texts, undeclared=undeclared)
        if found is not None:
            encoding, decoded = found
            encodings.setdefault(encoding, []).extend(
                [d for d, t in zip(decoded, texts, strict=True) if not t.isascii()][:2]
            )
            column = frame[name].astype(object)
            column.loc[present.index] = decoded
            frame[name] = column
        elif any(_LOST.search(text) for text in texts):
            row = next(
                n for n, text in zip(present.index, texts, strict=True) if _LOST.search(text)
            )
            lost = sum(bool(_LOST.search(text)) for text in texts)
            log.add("TEXT_LOST", file=file, cell=str(name), row=int(row) + 1, count=lost)
    for encoding, examples in encodings.items():
        shown = "、".join(dict.fromkeys(examples[:5]))
        log.add("ENCODING_GUESSED", file=file, encoding=encoding, examples=shown)
