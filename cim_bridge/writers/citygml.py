"""CityGML 2.0 or 3.0 of a model's buildings: solids with thematic surfaces, generic attributes.

Element order follows the schemas of each version (AbstractCityObject, then the space's geometry,
then construction and building). LoD1 buildings get a solid; from LoD2 the surfaces carry the
polygons and the solid points at them. Triangles in one plane are one polygon again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog
from cim_bridge.release import ModelRelease
from cim_bridge.table import Columns
from cim_bridge.writers.added import Added
from cim_bridge.writers.cityjson import living, placed_mesh
from cim_bridge.writers.gmlnames import Dialect, dialect, escaped, gml_id
from cim_bridge.writers.meshed import SURFACES, Bodies, attributes, bodies_of
from cim_bridge.writers.polygons import polygons_of
from cim_bridge.writers.proof import Proof, same_mesh

_STEP = 0.0001
_KNOWN = ("measuredHeight", "storeysAboveGround", "function", "yearOfConstruction")


def write_citygml(model: ModelRelease, out: Path, version: str, added: Added) -> list[Proof]:
    """Write every building; the file is read back by our own reader and compared."""
    columns = living(model).get("building")
    log = IssueLog()
    crs = model.manifest["crs"]
    if columns is None:
        log.add("WRITER_NOTHING", form="citygml")
    if not crs.startswith("EPSG:"):
        log.add("WRITER_CRS", form="citygml", crs=crs)
    log.raise_if_errors()
    assert columns is not None  # noqa: S101 - raise_if_errors proved it
    mesh = model.mesh()
    bodies = bodies_of(columns, mesh, _STEP)
    words = dialect(version)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_head(words, bodies, crs))
        for place, body in enumerate(_bodies(bodies)):
            file.writelines(_building(words, bodies.columns, place, body, added))
        file.write("</core:CityModel>\n")
    proof = Proof(out.name, "mesh")
    ids = [gml_id(name) for name in columns["source_id"].astype(str)]
    same_mesh(proof, out, ids, placed_mesh(mesh, columns))
    proof.attributes_added = sum(len(added.of(str(name))) for name in columns["id"])
    return [proof]


def _head(words: Dialect, bodies: Bodies, crs: str) -> Iterator[str]:
    spaces = " ".join(f'xmlns:{key}="{value}"' for key, value in words.spaces.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<core:CityModel {spaces}>\n'
    ends = [bodies.points.min(axis=0), bodies.points.max(axis=0)] if len(bodies.points) else []
    if ends:
        low, high = (_text(end * _STEP + bodies.origin) for end in ends)
        yield (
            f'<gml:boundedBy><gml:Envelope srsName="{crs}" srsDimension="3">'
            f"<gml:lowerCorner>{low}</gml:lowerCorner><gml:upperCorner>{high}</gml:upperCorner>"
            "</gml:Envelope></gml:boundedBy>\n"
        )


def _text(point: Any) -> str:
    x, y, z = point
    return f"{x:.4f} {y:.4f} {z:.4f}"


@dataclass(frozen=True)
class _Body:
    """One building to write: positions of its faces ring by ring, and the surface of each face."""

    polygons: list[list[str]]
    codes: npt.NDArray[np.uint8]
    lod: int
    closed: bool


def _bodies(bodies: Bodies) -> Iterator[_Body]:
    """The faces of every building, flat triangles put together; positions are texts already."""
    of = np.repeat(np.arange(len(bodies)), bodies.count)
    kind = (of * 256 + bodies.surface) * 256 + bodies.lod
    points = np.asarray(bodies.points * _STEP, np.float64)
    faces = polygons_of(points, bodies.triangles, kind.astype(np.int64))
    texts = [_text(point) for point in (bodies.points * _STEP + bodies.origin).tolist()]
    first = np.searchsorted(of[faces.triangle], np.arange(len(bodies) + 1))
    for place in range(len(bodies)):
        run = slice(int(first[place]), int(first[place + 1]))
        mine = faces.triangle[run]
        polygons = [
            [" ".join([texts[at] for at in (*ring, ring[0])]) for ring in rings]
            for rings in faces.rings[run]
        ]
        lod = int(bodies.lod[mine].max()) if len(mine) else 0
        yield _Body(polygons, bodies.surface[mine], lod, bool(bodies.closed[place]))


def _building(
    words: Dialect, columns: Columns, place: int, body: _Body, added: Added
) -> Iterator[str]:
    name = gml_id(str(columns["source_id"][place]))
    facts = attributes(columns, place)
    yield f'<core:cityObjectMember><bldg:Building gml:id="{name}">\n'
    label = columns["label_zh"][place] or columns["label_en"][place]
    if label:
        yield f"<gml:name>{escaped(label)}</gml:name>\n"
    generic = {key: value for key, value in facts.items() if key not in _KNOWN}
    for key, value in {**generic, **added.of(str(columns["id"][place]))}.items():
        yield from _generic(words, key, value)
    solids, surfaces = _shapes(words, body, name)
    if words.version == "2.0":
        yield from _facts(words, facts)
        yield from (*solids, *surfaces)
    else:
        yield from (*surfaces, *solids)
        yield from _facts(words, facts)
    yield "</bldg:Building></core:cityObjectMember>\n"


def _generic(words: Dialect, key: str, value: Any) -> Iterator[str]:
    """A generic attribute of the value's kind; null and lists are text, so nothing is lost."""
    if value is None:
        kind, text = "string", ""
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        kind, text = "string", value if isinstance(value, str) else _json(value)
    else:
        kind, text = "int" if isinstance(value, int) else "double", repr(value)
    if kind == "int" and abs(value) > 2**31 - 1:
        kind = "string"
    if words.version == "2.0":
        yield (
            f'<gen:{kind}Attribute name="{escaped(key)}"><gen:value>{escaped(text)}</gen:value>'
            f"</gen:{kind}Attribute>\n"
        )
        return
    tag = f"gen:{kind.capitalize()}Attribute"
    yield (
        f"<core:genericAttribute><{tag}><gen:name>{escaped(key)}</gen:name>"
        f"<gen:value>{escaped(text)}</gen:value></{tag}></core:genericAttribute>\n"
    )


def _json(value: Any) -> str:
    import orjson

    return orjson.dumps(value).decode()


def _facts(words: Dialect, facts: dict[str, Any]) -> Iterator[str]:
    """What both versions have a word for, in the order of their schemas."""
    height, storeys = _number(facts, "measuredHeight"), _number(facts, "storeysAboveGround")
    year, use = _number(facts, "yearOfConstruction"), facts.get("function")
    dated = year is not None and 1000 <= year <= 9999
    if words.version == "3.0":
        if dated and year is not None:
            yield f"<con:dateOfConstruction>{int(year)}-01-01</con:dateOfConstruction>\n"
        if height is not None:
            yield (
                "<con:height><con:Height><con:highReference>highestRoofEdge</con:highReference>"
                "<con:lowReference>lowestGroundPoint</con:lowReference>"
                f'<con:status>measured</con:status><con:value uom="m">{height!r}</con:value>'
                "</con:Height></con:height>\n"
            )
    if isinstance(use, str) and use:
        yield f"<bldg:function>{escaped(use)}</bldg:function>\n"
    if words.version == "2.0":
        if dated and year is not None:
            yield f"<bldg:yearOfConstruction>{int(year)}</bldg:yearOfConstruction>\n"
        if height is not None:
            yield f'<bldg:measuredHeight uom="m">{height!r}</bldg:measuredHeight>\n'
    if storeys is not None and storeys >= 0:
        yield f"<bldg:storeysAboveGround>{int(storeys)}</bldg:storeysAboveGround>\n"


def _number(facts: dict[str, Any], name: str) -> float | None:
    value = facts.get(name)
    try:
        found = float(value) if value is not None and not isinstance(value, bool) else None
    except (TypeError, ValueError):
        return None
    return found if found is not None and np.isfinite(found) else None


def _shapes(words: Dialect, body: _Body, name: str) -> tuple[list[str], list[str]]:
    """(solid or surfaces of the building itself, its thematic surfaces)."""
    if not body.polygons:
        return [], []
    closed, shape = body.closed, words.shape
    polygons = [_polygon(f"{name}.{number}", rings) for number, rings in enumerate(body.polygons)]
    if body.lod < 20:
        kind = "lod1Solid" if closed else "lod1MultiSurface"
        if not closed and words.version == "3.0":  # 3.0 has no open LoD1 body
            kind = "lod2MultiSurface"
        return [f"<{shape}:{kind}>{_members(closed, polygons)}</{shape}:{kind}>\n"], []
    made: list[str] = []
    for code, surface in SURFACES.items():
        mine = np.flatnonzero(body.codes == code)
        if len(mine):
            inner = _members(False, [polygons[number] for number in mine])
            tag, role = f"{words.surface_of}:{surface}", f"{words.surface_of}:lod2MultiSurface"
            if words.version == "3.0":
                role = "core:lod2MultiSurface"
            made.append(
                f'<{words.boundary}><{tag} gml:id="{name}.{surface}"><{role}>{inner}</{role}>'
                f"</{tag}></{words.boundary}>\n"
            )
    bare = [polygons[number] for number in np.flatnonzero(~np.isin(body.codes, list(SURFACES)))]
    if closed and not bare:
        links = [
            f'<gml:surfaceMember xlink:href="#{name}.{number}"/>' for number in range(len(polygons))
        ]
        return [f"<{shape}:lod2Solid>{_solid(links)}</{shape}:lod2Solid>\n"], made
    if bare:
        inner = _members(False, bare)
        return [f"<{shape}:lod2MultiSurface>{inner}</{shape}:lod2MultiSurface>\n"], made
    return [], made


def _polygon(name: str, rings: list[str]) -> str:
    """A polygon of its rings' positions, the outer one first."""
    parts = [
        f"<gml:{role}><gml:LinearRing>"
        f'<gml:posList srsDimension="3">{ring}</gml:posList></gml:LinearRing></gml:{role}>'
        for role, ring in zip(("exterior", *["interior"] * len(rings)), rings, strict=False)
    ]
    return (
        f'<gml:surfaceMember><gml:Polygon gml:id="{name}">{"".join(parts)}</gml:Polygon>'
        "</gml:surfaceMember>"
    )


def _members(closed: bool, members: list[str]) -> str:
    return _solid(members) if closed else f"<gml:MultiSurface>{''.join(members)}</gml:MultiSurface>"


def _solid(members: list[str]) -> str:
    inner = "".join(members)
    return (
        "<gml:Solid><gml:exterior><gml:CompositeSurface>"
        f"{inner}</gml:CompositeSurface></gml:exterior></gml:Solid>"
    )
