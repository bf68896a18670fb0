"""The reference data, file by file: what each is, and how it is to be bridged (sources.toml)."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_OPTIONS = ("level", "layer", "crs", "key", "where", "anchor", "lod")


@dataclass(frozen=True)
class Entry:
    """One file. of: what a sidecar belongs to. options: those of `cimtwin bridge`.

    skip: `column=value` of rows that are no units of their own.
    """

    path: str
    kind: str
    of: str = ""
    note: str = ""
    city: str = ""
    skip: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def catalogue(data: Path) -> list[Entry]:
    """Every file under `data`, sorted; a tileset that another one holds is its sidecar."""
    files = sorted(p.relative_to(data).as_posix() for p in data.rglob("*") if p.is_file())
    entries = [entry(name) for name in files]
    inner = _held(data, [one.path for one in entries if one.kind == "tileset"])
    return [_tileset(data, one, inner) if one.kind == "tileset" else one for one in entries]


def entry(name: str) -> Entry:
    """What the first fitting rule says of a file."""
    for rule in _rules():
        if _fits(name, rule["match"]) and not _fits(name, rule.get("unless", [])):
            stem = name.rsplit("/", 1)[-1].split(".")[0]
            options = {key: rule[key] for key in _OPTIONS if key in rule}
            of = str(rule.get("of", "")).format(stem=stem)
            told = (rule.get(key, "") for key in ("note", "city", "skip"))
            return Entry(name, rule["kind"], of, *told, options)
    return Entry(name, "unknown")


def refused(name: str) -> str:
    """Why a source is rightly refused; "" when it must be read."""
    return next((one["why"] for one in _told()["refused"] if _fits(name, one["match"])), "")


def _rules() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = _told()["rule"]
    return rules


@cache
def _told() -> dict[str, Any]:
    text = Path(__file__).with_name("sources.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """A glob in which `**/` stands for any folders, none too, and `*` stays in its folder."""
    parts = re.split(r"(\*\*/|\*\*|\*)", glob)
    marks = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(marks.get(part, re.escape(part)) for part in parts))


def _fits(name: str, globs: list[str]) -> bool:
    return any(_pattern(glob).fullmatch(name) for glob in globs)


def _document(path: Path) -> dict[str, Any] | None:
    if path.suffix != ".json":
        return None
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) else None


def _held(data: Path, names: list[str]) -> dict[str, str]:
    """Tileset document → the one that refers to it."""
    found: dict[str, str] = {}
    for name in names:
        document = _document(data / name)
        for uri in _uris(document):
            inner = (data / name).parent / uri.split("?")[0]
            if uri.split("?")[0].endswith(".json") and inner.is_file():
                found[inner.resolve().relative_to(data.resolve()).as_posix()] = name
    return {inner: name for inner, name in found.items() if inner != name}


def _uris(node: Any) -> list[str]:
    if isinstance(node, list):
        return [uri for item in node for uri in _uris(item)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key in ("uri", "url") and isinstance(value, str)]
    return own + [uri for value in node.values() for uri in _uris(value)]


def _tileset(data: Path, one: Entry, inner: dict[str, str]) -> Entry:
    if one.path in inner:
        return Entry(one.path, "sidecar", inner[one.path])
    document = _document(data / one.path)
    if one.path.endswith(".json") and not (document and {"asset", "root"} <= document.keys()):
        return Entry(one.path, "sidecar", "schema or style of a tileset beside it")
    return one
