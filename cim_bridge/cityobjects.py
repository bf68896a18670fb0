"""City objects to arrays: which geometry, whose part, which surface, all objects at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from cim_bridge.cityjson import CityObject, Geometry
from cim_bridge.cityjsonlook import Wardrobe, dressed
from cim_bridge.geometry.faces import I64, Faces, read_faces, shifted
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import GROUND, ROOF, UNKNOWN, WALL

AREAL: Mapping[str, int] = {
    "MultiSurface": 3, "CompositeSurface": 3, "Solid": 4, "MultiSolid": 5, "CompositeSolid": 5,
}  # fmt: skip
"""Geometry types made of faces, and how deep their boundaries nest."""

FOLDED: frozenset[str] = frozenset(
    {
        "BuildingPart", "BuildingInstallation", "BuildingConstructiveElement", "BridgePart",
        "BridgeInstallation", "BridgeConstructiveElement", "TunnelPart", "TunnelInstallation",
        "TunnelConstructiveElement",
    }
)  # fmt: skip
"""Second-level objects whose geometry belongs to their parent."""

INNER: frozenset[str] = frozenset(
    {
        "BuildingRoom", "BuildingFurniture", "BuildingStorey", "BuildingUnit", "BridgeRoom",
        "BridgeFurniture", "TunnelHollowSpace", "TunnelFurniture",
    }
)  # fmt: skip
"""Inner parts that a city model does not show."""

SURFACES: Mapping[str, int] = {
    "WallSurface": WALL, "RoofSurface": ROOF, "GroundSurface": GROUND, "Window": WALL,
    "Door": WALL, "OuterCeilingSurface": WALL, "OuterFloorSurface": ROOF,
}  # fmt: skip


@dataclass
class Picks:
    """Chosen geometries as parallel lists: the city object they belong to, text and kind."""

    owner: list[int] = field(default_factory=list)
    text: list[bytes] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    lod: list[int] = field(default_factory=list)
    semantics: list[bytes] = field(default_factory=list)
    surfaces: list[list[int]] = field(default_factory=list)
    looks: list[tuple[bytes, bytes]] = field(default_factory=list)

    @cached_property
    def faces(self) -> Faces:
        """The faces of the texts, read once: ask only when all are taken."""
        return read_faces(self.text)

    def add(self, owner: int, geometry: Geometry, lod: int) -> None:
        """Take one geometry of faces."""
        self.owner.append(owner)
        self.text.append(bytes(geometry.boundaries))
        self.depth.append(AREAL[geometry.type])
        self.lod.append(lod)
        found = geometry.semantics
        self.semantics.append(bytes(found.values) if found else b"")
        self.surfaces.append(
            [SURFACES.get(s.type, UNKNOWN) for s in found.surfaces] if found else []
        )
        self.looks.append((bytes(geometry.texture), bytes(geometry.material)))


@dataclass(frozen=True)
class Chosen:
    """The geometries taken from a set of city objects."""

    solid: Picks
    flat: Picks
    instances: list[tuple[int, Geometry]]


@cache
def ten_lod(value: str | float | None) -> int:
    """LoD text to ten times its number: "2.2" is 22, 1 is 10, unknown is 0."""
    try:
        return min(round(float(value or 0) * 10), 255)
    except (TypeError, ValueError):
        return 0


def choose(objects: Iterable[CityObject], lod: str | None) -> Chosen:
    """Take one geometry of each object: the finest, or the one nearest to the wished LoD.

    LoD0 (footprints) is taken apart: it never stands for a body. Without a wish a building of
    LoD2 or finer also keeps its coarsest LoD1, which is shown from afar.
    """
    chosen = Chosen(Picks(), Picks(), [])
    wish = None if lod is None else ten_lod(lod)
    for number, item in enumerate(objects):
        building = item.type[:8] == "Building"
        best, best_lod, foot, block, block_lod = None, -1, None, None, 20
        for geometry in item.geometry or ():
            level = ten_lod(geometry.lod)
            if geometry.type == "GeometryInstance":
                chosen.instances.append((number, geometry))
                continue
            if geometry.type not in AREAL:
                continue
            if level < 10 and building:
                foot = geometry
                continue
            if best is None or better(level, best_lod, wish):
                best, best_lod = geometry, level
            if 10 <= level < block_lod and building:
                block, block_lod = geometry, level
        if best is not None and wish != 0:
            chosen.solid.add(number, best, best_lod)
        if block is not None and wish is None and best_lod >= 20:
            chosen.solid.add(number, block, block_lod)
        if foot is not None:
            chosen.flat.add(number, foot, 0)
    return chosen


def better(level: int, best: int, wish: int | None) -> bool:
    """Whether a LoD (times ten) suits more than the best so far.

    Nearest to the wish, "1" meaning any LoD1.x; without one the finest.
    """
    if wish is None:
        return level > best
    same_class = (level // 10 == wish // 10, best // 10 == wish // 10)
    if same_class[0] != same_class[1]:
        return same_class[0]
    if wish % 10 == 0:
        return level > best if same_class[0] else abs(level - wish) < abs(best - wish)
    return abs(level - wish) < abs(best - wish)


def roots(
    ids: Sequence[str], objects: Sequence[CityObject], log: IssueLog, file: object
) -> npt.NDArray[np.int64]:
    """For every object the object whose unit it belongs to: itself, or its topmost parent.

    -1 for inner parts (rooms, furniture) that no unit shows.
    """
    place = {name: number for number, name in enumerate(ids)}
    found = np.arange(len(ids))
    lost = []
    for number, item in enumerate(objects):
        if item.type in FOLDED:
            parent = place.get(item.parents[0], -1) if item.parents else -1
            if parent < 0:
                lost.append(ids[number])
            else:
                found[number] = parent
        elif item.type in INNER:
            found[number] = -1
    inside = found >= 0
    for _ in range(8):
        found[inside] = found[found[inside]]
        inside = found >= 0
    if lost:
        log.add("PART_WITHOUT_PARENT", file=file, id=lost[0], count=len(lost))
    return found


def faces_of(
    picks: Picks, bases: I64 | None, ids: Sequence[str], log: IssueLog, file: str,
    wardrobe: Wardrobe | None = None,
) -> tuple[Faces, I64, I64]:  # fmt: skip
    """Faces of the picks (owner: city object), and surface code and LoD (times ten) of each.

    bases: first vertex of each city object's own numbering (CityJSONSeq), or None. wardrobe: the
    appearances, when the faces should wear them.
    """
    faces = picks.faces
    owner = np.array(picks.owner, np.int64)
    depth = np.array(picks.depth, np.int64)
    wrong = (faces.depth != depth) & (faces.depth != 0)
    if wrong.any():
        first = ids[int(owner[np.flatnonzero(wrong)[0]])]
        log.add("GEOMETRY_NESTING", file=file, id=first, count=int(wrong.sum()))
    codes = _surface_codes(picks, faces)
    if wardrobe is not None and len(faces):
        material, uv = dressed(faces, picks.looks, wardrobe, owner, ids, log, file)
        faces = replace(faces, material=material, uv=uv)
    keep = ~wrong[faces.owner]
    faces, codes = faces.select(keep), codes[keep]
    if bases is not None:
        faces = shifted(faces, bases[owner])
    lod = np.array(picks.lod, np.int64)[faces.owner]
    return replace(faces, owner=owner[faces.owner]), codes, lod


def _surface_codes(picks: Picks, faces: Faces) -> I64:
    """A surface code for every face; UNKNOWN where semantics are absent or do not fit."""
    text = b"\0".join(picks.semantics).replace(b"null", b"-1")
    number = np.bincount(faces.owner, minlength=len(picks.text))
    parsed = np.fromstring(text.translate(_VALUES), dtype=np.int64, sep=" ")
    raw = np.frombuffer(text, np.uint8)
    token = (raw >= 0x30) & (raw <= 0x39)
    start = np.flatnonzero(token & ~np.concatenate(([False], token[:-1])))
    of = np.searchsorted(np.flatnonzero(raw == 0), start)
    given = np.bincount(of, minlength=len(picks.text))
    codes = np.full(len(faces), UNKNOWN, np.int64)
    fits = given == number
    table = np.array([code for codes in picks.surfaces for code in (*codes, UNKNOWN)], np.int64)
    sizes = np.array([len(surfaces) for surfaces in picks.surfaces], np.int64)
    base = np.cumsum(sizes + 1) - (sizes + 1)
    chosen = fits[of]
    inside = (parsed >= 0) & (parsed < sizes[of])
    index = base[of] + np.where(inside, parsed, sizes[of])
    codes[fits[faces.owner]] = table[index[chosen]] if len(table) else UNKNOWN
    return codes


_VALUES = bytes(c if chr(c) in "-0123456789" else 0x20 for c in range(256))


def by_slope(codes: I64, normal: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Fill unknown surface codes by slope: up is roof, down is ground, upright is wall."""
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    tilt = normal[:, 2] / length
    guess = np.where(tilt > 0.3, ROOF, np.where(tilt < -0.3, GROUND, WALL))
    return np.where(codes == UNKNOWN, guess, codes).astype(np.uint8)
