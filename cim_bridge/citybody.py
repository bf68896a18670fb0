"""Faces of the city objects of a source, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.cityjson import CityObject, Templates
from cim_bridge.cityjsonlook import Wardrobe
from cim_bridge.cityobjects import AREAL, Chosen, by_slope, faces_of
from cim_bridge.geometry.faces import I64, Bools, Faces, join_faces, read_faces
from cim_bridge.geometry.templates import instances, matrices_of
from cim_bridge.geometry.triangulate import F64, normals
from cim_bridge.issues import IssueLog
from cim_bridge.materials import Materials


@dataclass(frozen=True)
class Source:
    """City objects with their vertices in the source's CRS.

    bases: first vertex of each object's own numbering, or None when all share one.
    wardrobe: the appearances, None when there are none.
    used: which of a document's vertices `vertices` are, rising; None when they are all, or a run.
    columns: level → attribute → how it is typed, where the objects are some of a larger document.
    """

    file: str
    crs: str | None
    ids: Sequence[str]
    objects: Sequence[CityObject]
    vertices: F64
    bases: I64 | None = None
    templates: Templates | None = None
    wardrobe: Wardrobe | None = None
    used: I64 | None = None
    columns: Mapping[str, Mapping[str, str]] | None = None

    def own(self, faces: Faces) -> Faces:
        """Faces that number the vertices of the document, over `vertices`."""
        if self.used is None:
            return faces
        return replace(faces, corner=np.searchsorted(self.used, faces.corner))


@dataclass(frozen=True)
class Body:
    """All faces of a source with what is known of each; materials: the table they wear from."""

    faces: Faces
    points: F64
    normal: F64
    surface: npt.NDArray[np.uint8]
    lod: I64
    materials: Materials = ()


def body_of(source: Source, chosen: Chosen, log: IssueLog) -> Body:
    """Return every face of the chosen geometries, templates included."""
    wardrobe = source.wardrobe
    faces, codes, lod = faces_of(
        chosen.solid, source.bases, source.ids, log, source.file, wardrobe
    )  # fmt: skip
    faces, points = source.own(faces), source.vertices
    parts, more = _instances(source, chosen, len(points), log)
    if parts:
        own = np.zeros(len(source.ids), np.int64)
        own[chosen.solid.owner] = chosen.solid.lod
        extra = join_faces(parts)
        codes = np.concatenate((codes, np.zeros(len(extra), np.int64)))
        owner = np.concatenate((faces.owner, *(part.owner for part in parts)))
        lod = np.concatenate((lod, *(own[part.owner] for part in parts)))
        joined = join_faces([faces, *parts])
        faces = replace(joined, owner=owner, depth=faces.depth)
        points = np.vstack((points, *more))
    whole = within(faces, len(points), source, log)
    faces, codes, lod = faces.select(whole), codes[whole], lod[whole]
    shape = upright(points, source.crs)
    normal = normals(faces, shape)
    materials = wardrobe.materials if wardrobe is not None else ()
    return Body(faces, points, normal, by_slope(codes, normal), lod, materials)


def within(faces: Faces, count: int, source: Source, log: IssueLog) -> Bools:
    """Which faces name only vertices that exist; an Issue for the others."""
    if not len(faces) or int(faces.corner.max()) < count:
        return np.ones(len(faces), bool)
    bad = np.maximum.reduceat(faces.corner, faces.face_corner[:-1]) >= count
    first = source.ids[int(faces.owner[bad][0])]
    log.add("VERTEX_MISSING", file=source.file, id=first, count=int(bad.sum()))
    return ~bad


def upright(points: F64, crs: str | None) -> F64:
    """Points in metres for judging slopes: degrees are stretched when the CRS is geographic."""
    if crs is None or not len(points) or np.abs(points[:, :2]).max() > 180:
        return points
    from cim_bridge.crs import is_geographic

    if not is_geographic(crs):
        return points
    latitude = np.radians(np.median(points[:, 1]))
    found: F64 = points * np.array([111_320 * np.cos(latitude), 110_574, 1.0])
    return found


def _instances(
    source: Source, chosen: Chosen, first: int, log: IssueLog
) -> tuple[list[Faces], list[F64]]:
    faces: list[Faces] = []
    vertices: list[F64] = []
    if not chosen.instances or source.templates is None:
        return faces, vertices
    corners = np.array(source.templates.vertices, np.float64).reshape(-1, 3)
    for number, template in enumerate(source.templates.templates):
        placed = [(o, g) for o, g in chosen.instances if g.template == number]
        if not placed or template.type not in AREAL:
            continue
        shape = read_faces([bytes(template.boundaries)])
        at = _reference(placed, source)
        owner = np.array([o for o, _ in placed], np.int64)
        good = (at >= 0) & (at < len(source.vertices))
        if len(shape) and int(shape.corner.max()) >= len(corners):
            log.add("VERTEX_MISSING", file=source.file, id=f"template {number}", count=1)
            continue
        matrices = matrices_of([g.transformation for _, g in placed])[good]
        found = instances(shape, corners, matrices, source.vertices[at[good]], owner[good], first)
        faces.append(found[0])
        vertices.append(found[1])
        first += len(found[1])
    return faces, vertices


def _reference(placed: list[tuple[int, Any]], source: Source) -> I64:
    """Vertex number of each instance's reference point, -1 where its text is no number."""
    texts = [bytes(geometry.boundaries).strip(b"[] \t\r\n") for _, geometry in placed]
    at = np.array([int(text) if text.isdigit() else -1 for text in texts], np.int64)
    if source.bases is not None:
        at[at >= 0] += source.bases[[o for o, _ in placed]][at >= 0]
    return at
