"""Every Issue code says why and how to mend it in both languages, is used, and is tested."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from cim_bridge.issues import codes

CJK = re.compile(r"[\u4e00-\u9fff]")


def registered() -> set[str]:
    importlib.import_module("indicator_overlays")
    return set(codes())


def test_each_code_speaks_both_languages() -> None:
    registered()
    for code, entry in codes().items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", code), code
        for text in (entry.why, entry.fix):
            assert CJK.search(text["zh"]), f"{code} has no Chinese text"
            assert text["en"].strip(), f"{code} has no English text"
            assert not CJK.search(re.sub(r"\{.*?\}", "", text["en"])), f"{code}: English text"


def test_each_code_is_raised_somewhere(root: Path) -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("cim_bridge", "indicator_overlays", "twin_server", "scenes")
        for path in (root / package).rglob("*.py")
    )
    unused = [code for code in registered() if f'"{code}"' not in sources]
    assert unused == []
