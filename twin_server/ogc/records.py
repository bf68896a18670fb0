"""OGC API Records: releases, batches, sources and every indicator, each as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import pyarrow as pa

from cim_bridge.staging import read_manifest
from twin_server.ogc.layer import ARROW, Field, Layer, Mask
from twin_server.pinned import Pinned
from twin_server.twin import Twin

_CONF = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
CLASSES: tuple[str, ...] = tuple(
    f"{_CONF}/{name}"
    for name in ("record-core", "record-collection", "record-core-query-parameters", "record-api",
                 "json", "html")
)  # fmt: skip
"""Conformance classes of Records that are kept."""

ASKED: tuple[str, ...] = ("q", "ids", "externalIds")
"""Parameters of records besides those of features; `type` is one of their properties."""

HOST = b"\0host\0"
"""Stands for the address of this server in a written record, until it is known."""

RECORD_FIELDS: tuple[Field, ...] = (
    Field("type", "text", "种类 Type"),
    Field("title", "text", "标题 Title"),
    Field("description", "text", "说明 Description"),
    Field("keywords", "object", "关键词 Keywords"),
    Field("externalIds", "object", "其他编号 Ids elsewhere"),
    Field("license", "text", "许可 Licence"),
    Field("attribution", "text", "来源声明 Attribution"),
    Field("year", "integer", "体检年度 Checkup year"),
    Field("date", "date", "截止日期 Cut-off day"),
)
"""Properties of a record."""

Cells = dict[str, Any]


@dataclass
class _Made:
    """Records as they are gathered: ids, cells and links of each."""

    ids: list[str] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    links: list[list[dict[str, str]]] = field(default_factory=list)

    def add(self, name: str, cells: Cells, *links: tuple[str, str, str]) -> None:
        """One record; links: relation, path below the server, media type."""
        if name in self.ids:
            return
        self.ids.append(name)
        self.cells.append(cells)
        self.links.append(
            [{"rel": rel, "href": f"\0host\0{path}", "type": media} for rel, path, media in links]
        )


_JSON = "application/json"
_GEOJSON = "application/geo+json"


def dataset_records(twin: Twin, live: Pinned) -> Layer:
    """Publication, model releases, results, batches of values and sources of the model."""
    made = _Made()
    now = twin.publication
    if now is not None:
        made.add(
            f"publication:{now.id}",
            {"type": "publication", "title": f"发布 {now.seq} Publication {now.seq}",
             "description": now.note or None, "externalIds": _ids(publication=now.id),
             "date": now.created[:10]},
            ("related", "/api/v1/releases", _JSON),
        )  # fmt: skip
    for digest in live.models:
        _add_model(made, twin, digest)
    for digest in live.results:
        told = read_manifest(twin.folder.results / digest)
        years = told.get("years", [])
        made.add(
            f"results:{digest}",
            {"type": "results", "title": "体检结果 Checkup results",
             "keywords": list(map(str, years)),
             "externalIds": _ids(results=digest, model=told.get("model", "")),
             "year": max(years, default=None), "date": _cutoff(twin, max(years, default=None))},
            ("related", "/api/v1/city", _JSON),
        )  # fmt: skip
    for digest, told in twin.batches.items():
        year = told.get("year")
        files = [one["name"] for one in told.get("files", [])]
        made.add(
            f"batch:{digest}",
            {"type": "values", "title": f"{told.get('source', '')} {year or ''}".strip(),
             "description": ", ".join(files) or None,
             "keywords": [str(told.get("system", "")), str(told.get("source_kind", ""))],
             "externalIds": _ids(batch=digest), "year": year, "date": _cutoff(twin, year)},
            ("related", "/api/v1/systems", _JSON),
        )  # fmt: skip
    return _layer(twin, made)


def _add_model(made: _Made, twin: Twin, digest: str) -> None:
    told = read_manifest(twin.folder.models / digest)
    levels = [f"{level}: {one['count']}" for level, one in told.get("levels", {}).items()]
    made.add(
        f"model:{digest}",
        {"type": "model", "title": "CIM 模型 CIM model", "description": ", ".join(levels),
         "keywords": [told["crs"], *told.get("tilesets", {})], "externalIds": _ids(model=digest)},
        ("related", "/ogc/collections", _JSON),
    )  # fmt: skip
    for source in told.get("sources", []):
        files = [one["name"] for one in source.get("files", [])]
        made.add(
            f"source:{source['name']}",
            {"type": "source", "title": source["name"], "description": ", ".join(files) or None,
             "keywords": [str(source.get("level") or ""), str(source.get("crs") or "")],
             "externalIds": [{"scheme": "sha256", "value": one["sha256"]}
                             for one in source.get("files", []) if "sha256" in one],
             "license": source.get("licence") or None,
             "attribution": source.get("attribution") or None},
            ("related", "/api/v1/city", _JSON),
        )  # fmt: skip


def indicator_records(twin: Twin) -> Layer:
    """Every indicator of every system: name, category, formula, unit."""
    made = _Made()
    for system in twin.systems.values():
        for code, one in system.indicators.items():
            label = one.category.label
            cells = {
                "type": "indicator",
                "title": f"{one.name['zh']} {one.name['en']}",
                "description": one.formula or None,
                "keywords": [system.id, label["zh"], label["en"], one.unit],
                "externalIds": [{"scheme": system.id, "value": code}],
            }
            path = f"/api/v1/indicators/{quote(code, safe='')}?system={quote(system.id, safe='')}"
            made.add(f"{system.id}:{code}", cells, ("describedby", path, _JSON))
    return _layer(twin, made)


def _ids(**named: str) -> list[dict[str, str]]:
    return [{"scheme": name, "value": value} for name, value in named.items() if value]


def _cutoff(twin: Twin, year: int | None) -> str | None:
    return None if year is None else twin.folder.config.cutoff(int(year)).isoformat()


def _layer(twin: Twin, made: _Made) -> Layer:
    """Records lie where the city lies."""
    import shapely

    shapes = np.full(len(made.ids), None, object)
    crs = "EPSG:4326"
    if twin.model is not None and len(twin.model.units):
        crs = str(twin.model.manifest["crs"])
        shapes[:] = shapely.box(*twin.model.units.total_bounds)
    columns = {}
    for one in RECORD_FIELDS:
        cells = [row.get(one.name) for row in made.cells]
        if one.kind == "object":
            cells = [None if cell is None else orjson.dumps(cell).decode() for cell in cells]
        kind = pa.string() if one.kind == "date" else ARROW[one.kind]
        columns[one.name] = pa.array(cells, kind).cast(ARROW[one.kind])
    more = [
        b',"time":' + orjson.dumps(row.get("date") and {"date": row["date"]})
        + b',"conformsTo":["' + CLASSES[0].encode() + b'"],"links":' + orjson.dumps(links)
        for row, links in zip(made.cells, made.links, strict=True)
    ]  # fmt: skip
    more = [part.replace(rb"\u0000host\u0000", HOST) for part in more]
    return Layer(made.ids, shapes, RECORD_FIELDS, pa.table(columns), crs, ("date", "date"), more)


def searched(layer: Layer, given: Mapping[str, str]) -> Mask:
    """Records that `q`, `ids` and `externalIds` leave.

    q: words between commas are alternatives, those between spaces stand together in this order;
    title, description and keywords are searched, upper and lower case alike.
    """
    keep = np.ones(len(layer), bool)
    if "q" in given:
        columns = [layer.column(name).to_pylist() for name in ("title", "description", "keywords")]
        texts = [
            "\n".join(_plain(cell) for cell in row).lower() for row in zip(*columns, strict=True)
        ]
        asked = [" ".join(one.split()).lower() for one in given["q"].split(",") if one.strip()]
        keep &= np.array([any(one in text for one in asked) for text in texts], bool)
    if "ids" in given:
        keep &= np.isin(np.array(layer.ids, object), given["ids"].split(","))
    if "externalIds" in given:
        wanted = set(given["externalIds"].split(","))
        listed = [orjson.loads(cell or "[]") for cell in layer.column("externalIds").to_pylist()]
        keep &= np.array(
            [
                any({one["value"], f"{one['scheme']}:{one['value']}"} & wanted for one in ids)
                for ids in listed
            ],
            bool,
        )
    return keep


def _plain(cell: str | None) -> str:
    """A cell as text to search in; of a list its words."""
    if not cell:
        return ""
    return " ".join(map(str, orjson.loads(cell))) if cell.startswith("[") else cell
