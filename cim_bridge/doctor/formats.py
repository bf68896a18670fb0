"""What a file says about itself: format, version, title, date, licence; read from small parts."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HEAD = 1 << 16
_LARGEST = 256 << 20
"""Bytes of a CityJSON file in which its metadata are looked for."""
_LICENCE = ("license", "licence", "许可", "attribution", "copyright", "rights", "rightsIdentifier")


@dataclass
class About:
    """format: as people name it. "" and () where the file says nothing.

    layers: tables of a GeoPackage, of which the first is read. notes: words of `content` that a
    person should read, such as a sidecar file that is missing.
    """

    format: str = ""
    version: str = ""
    title: str = ""
    date: str = ""
    licence: str = ""
    layers: tuple[str, ...] = ()
    lacking: list[str] = field(default_factory=list)


def about(path: Path, reader: str) -> About:
    """Look at a file with the eyes of its format."""
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    look = _LOOKS.get(reader, _vector if reader == "vector" else None)
    if look is None:
        return About(path.suffix.lstrip(".").upper() or reader)
    try:
        return look(path, head)
    except (OSError, ValueError, IndexError, struct.error, RecursionError):
        return About(reader)


def _cityjson(path: Path, head: bytes) -> About:
    version = _group(rb'"version"\s*:\s*"([\d.]+)"', head)
    data = head
    if b'"metadata"' not in head and path.stat().st_size <= _LARGEST:
        data = path.read_bytes()
        version = version or _group(rb'"version"\s*:\s*"([\d.]+)"', data)
    told = _object_after(data, b'"metadata"')
    seq = b'"CityJSONFeature"' in data or path.suffix == ".jsonl"
    return About(
        "CityJSONSeq" if seq else "CityJSON", version, _word(told, "title"),
        _word(told, "referenceDate"), _licence(told),
    )  # fmt: skip


def _object_after(data: bytes, key: bytes) -> dict[str, Any]:
    """The JSON object that follows a key; {} when there is none that can be read."""
    at = data.find(key)
    start = data.find(b"{", at) if at >= 0 else -1
    if start < 0 or data[at + len(key) : start].strip() != b":":
        return {}
    piece = data[start : start + _HEAD].decode("utf-8", "replace")
    try:
        found, _ = json.JSONDecoder().raw_decode(piece)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _word(told: dict[str, Any], *names: str) -> str:
    lower = {str(key).lower(): value for key, value in told.items()}
    for name in names:
        value = lower.get(name.lower())
        if isinstance(value, (str, int, float)) and str(value).strip():
            return str(value).strip()[:120]
    return ""


def _licence(told: dict[str, Any]) -> str:
    return _word(told, *_LICENCE)


def _citygml(path: Path, head: bytes) -> About:
    version = _group(rb"www\.opengis\.net/citygml(?:/profiles/base)?/([123]\.0)", head)
    return About(
        "CityGML", version, _tag(head, "name"),
        _tag(head, "creationDate") or _tag(head, "dateStamp"), _tag(head, "license"),
    )  # fmt: skip


def _tag(head: bytes, name: str) -> str:
    """Text of the first element of a name that stands before the first feature."""
    top = re.split(rb"<(?:[\w.-]+:)?(?:cityObjectMember|featureMember)\b", head)[0]
    return _group(rb"<(?:[\w.-]+:)?" + name.encode() + rb"(?:\s[^>]*)?>([^<]{1,120})<", top)


def _group(pattern: bytes, data: bytes) -> str:
    found = re.search(pattern, data)
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _ifc(path: Path, head: bytes) -> About:
    schema = _group(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']+)'", head)
    name = re.search(rb"FILE_NAME\s*\(\s*'([^']*)'\s*,\s*'([^']*)'", head)
    title, date = (part.decode("utf-8", "replace") for part in name.groups()) if name else ("", "")
    return About("IFC", schema, title, date)


def _mesh(path: Path, head: bytes) -> About:
    names = {b"glTF": "GLB", b"ply": "PLY", b"soli": "STL"}
    known = next((name for magic, name in names.items() if head.startswith(magic)), "")
    if known != "GLB":
        return About(known or path.suffix.lstrip(".").upper())
    told = json.loads(head[20 : 20 + struct.unpack_from("<I", head, 12)[0]])
    asset = told.get("asset") if isinstance(told, dict) else {}
    asset = asset if isinstance(asset, dict) else {}
    return About("GLB", _word(asset, "version"), "", "", _word(asset, "copyright"))


def _points(path: Path, head: bytes) -> About:
    if not head.startswith(b"LASF"):
        return About(path.suffix.lstrip(".").upper())
    day, year = struct.unpack_from("<HH", head, 90)
    date = f"{year}-{day:03d}" if 1980 <= year <= 2200 and 1 <= day <= 366 else ""
    packed = "LAZ" if head[104] & 0x80 else "LAS"
    return About(packed, f"{head[24]}.{head[25]}", "", date)


def _vector(path: Path, head: bytes) -> About:
    if head.startswith(b"SQLite format 3"):
        return _geopackage(path)
    if head.startswith(b"fgb"):
        return About("FlatGeobuf", str(head[3]))
    if head.startswith(b"\x00\x00\x27\x0a"):
        return _shapefile(path)
    told = _object_after(head, b'"metadata"')
    kind = "TopoJSON" if b'"Topology"' in head[:4096] else "GeoJSON"
    name = _group(rb'"name"\s*:\s*"([^"]{1,120})"', head.split(b'"features"')[0])
    own = {key: _group(rb'"' + key.encode() + rb'"\s*:\s*"([^"]{1,120})"', head[:4096])
           for key in _LICENCE}  # fmt: skip
    licence = next(filter(None, own.values()), "")
    return About(kind, "", _word(told, "title") or name, _word(told, "date"), licence)


def _shapefile(path: Path) -> About:
    beside = {item.suffix.lower(): item for item in path.parent.glob(f"{path.stem}.*")}
    notes = [f"no_{end[1:]}" for end in (".prj", ".cpg", ".shx", ".dbf") if end not in beside]
    sheet = path.parent / f"{path.name}.xml"
    words = sheet.read_bytes()[:_HEAD] if sheet.is_file() else b""
    return About(
        "Shapefile", "", _group(rb"<(?:title|resTitle)[^>]*>([^<]{1,120})<", words),
        _group(rb"<(?:pubdate|ModDate|CreaDate)[^>]*>([^<]{1,40})<", words),
        _group(rb"<(?:useconst|useLimit)[^>]*>([^<]{1,120})<", words), lacking=notes,
    )  # fmt: skip


def _geopackage(path: Path) -> About:
    import sqlite3

    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with sqlite3.connect(uri, uri=True) as file:
            file.execute("PRAGMA trusted_schema=OFF")
            version = file.execute("PRAGMA user_version").fetchone()[0]
            rows = file.execute(
                "SELECT table_name, identifier, description, last_change FROM gpkg_contents"
                " WHERE data_type IN ('features', 'attributes') ORDER BY rowid"
            ).fetchall()
        file.close()
    except sqlite3.DatabaseError:
        return About("GeoPackage")
    first = rows[0] if rows else ("", "", "", "")
    named = str(first[1] or "") if first[1] != first[0] else ""
    title = str(first[2] or named)
    number = f"{version // 10000}.{version // 100 % 100}" if version >= 10000 else ""
    return About("GeoPackage", number, title[:120], str(first[3] or "")[:10],
                 layers=tuple(str(row[0]) for row in rows))  # fmt: skip


_LOOKS: dict[str, Callable[[Path, bytes], About]] = {
    "cityjson": _cityjson,
    "cityjsonseq": _cityjson,
    "citygml": _citygml,
    "ifc": _ifc,
    "mesh": _mesh,
    "points": _points,
}
