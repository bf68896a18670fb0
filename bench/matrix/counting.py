"""Features and ids of a source counted apart from our readers: plain JSON, lxml, GDAL, headers."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.matrix.catalogue import Entry


class Uncounted(Exception):
    """There is nothing to count here; the text says why."""


def ids_in(path: Path, entry: Entry, column: str) -> set[str]:
    """Ids that a source gives its features; Uncounted when it gives none.

    column: of a layer, the one that our reader took its ids from.
    """
    if entry.kind == "tileset":
        raise Uncounted("a tileset's ids are counted by features")
    if path.suffix in (".json", ".jsonl") and entry.kind == "model":
        return _cityjson(path)
    if path.suffix in (".gml", ".xml"):
        return _citygml(path)
    if path.suffix == ".ifc":
        return _ifc(path)
    if entry.path.startswith("china/yantai_cnmaps/"):
        return {path.stem}  # one bare geometry a file
    if not column:
        raise Uncounted("the source has no ids of its own; rows are numbered")
    return _column(path, column, entry.skip)


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".jsonl":
        yield from (json.loads(line) for line in path.read_bytes().splitlines() if line.strip())
    else:
        yield json.loads(path.read_bytes())


def _cityjson(path: Path) -> set[str]:
    """Objects that stand by themselves and have a shape, their own or a child's; no terrain."""
    objects = {k: v for document in _documents(path) for k, v in document["CityObjects"].items()}

    def shaped(name: str) -> bool:
        item = objects[name]
        inner = [child for child in item.get("children", []) if child in objects]
        return bool(item.get("geometry")) or any(map(shaped, inner))

    left_out = ("TINRelief", "CityObjectGroup")
    return {
        name
        for name, item in objects.items()
        if not item.get("parents") and item["type"] not in left_out and shaped(name)
    }


def _citygml(path: Path) -> set[str]:
    """gml:id of the members of the city model, but for terrain."""
    from lxml import etree

    found: set[str] = set()
    for _, member in etree.iterparse(str(path), tag="{*}cityObjectMember", huge_tree=True):
        for item in member:
            if not isinstance(item.tag, str) or etree.QName(item).localname == "ReliefFeature":
                continue
            name = item.get("{http://www.opengis.net/gml}id") or item.get(
                "{http://www.opengis.net/gml/3.2}id"
            )
            if name:
                found.add(name)
        member.clear()
    if not found:
        raise Uncounted("its objects carry no gml:id")
    return found


def _ifc(path: Path) -> set[str]:
    """GlobalId of buildings that have shapes below them."""
    import ifcopenshell

    model = ifcopenshell.open(str(path))
    return {one.GlobalId for one in model.by_type("IfcBuilding")}


def _column(path: Path, column: str, skip: str) -> set[str]:
    if path.suffix == ".csv":
        text = path.read_bytes()
        encoding = "utf-8-sig" if _is_utf8(text) else "gb18030"
        rows = csv.DictReader(text.decode(encoding).splitlines())
        return {row[column].strip() for row in rows if row[column].strip()}
    if path.suffix == ".shp":
        return _gdal(path, column)
    document = json.loads(path.read_bytes())
    features = _features(document, skip)
    values = [
        feature["properties"].get(column, feature.get("id") if column == "id" else None)
        for feature in features
    ]
    return {_text(value) for value in values if value not in (None, "")}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _gdal(path: Path, column: str) -> set[str]:
    from cim_bridge.readers.vector import load_pyogrio

    frame = load_pyogrio().read_dataframe(path, columns=[column], read_geometry=False)
    return {_text(value) for value in frame[column].tolist() if value is not None}


def features_in(path: Path, entry: Entry) -> int:
    """Rows of a layer, or members of a model, as somebody else's reader counts them."""
    if entry.kind == "model":
        return len(ids_in(path, entry, ""))
    if path.suffix == ".csv":
        text = path.read_bytes()
        lines = text.decode("utf-8-sig" if _is_utf8(text) else "gb18030").splitlines()
        return sum(1 for row in csv.reader(lines) if any(row)) - 1
    if path.suffix == ".shp":
        return int(struct.unpack("<I", path.with_suffix(".dbf").read_bytes()[4:8])[0])
    return len(_features(json.loads(path.read_bytes()), entry.skip))


def _features(document: dict[str, Any], skip: str) -> list[dict[str, Any]]:
    """Features of GeoJSON or TopoJSON; a bare geometry is one without properties."""
    if document.get("type") == "Topology":
        return [item for one in document["objects"].values() for item in one["geometries"]]
    found: list[dict[str, Any]] = document.get("features", [{"properties": {}}])
    name, _, value = skip.partition("=")
    return [one for one in found if not skip or one["properties"].get(name) != value]
