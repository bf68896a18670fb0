"""The geometry of one tile: local axes, quantised positions, normals, shared corners.

Per tile and pure: a part depends on its features' arrays, the model's place on the globe and
nothing else, so parts can be cut from a city's arrays or from those of one leaf alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import extent, face_normals
from cim_bridge.tiles.atlas import FINEST, Atlas, atlas_of
from cim_bridge.tiles.equal import first_equal, numbered
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64, Globe, rigid_inverse
from cim_bridge.tiles.grid import COARSEST_STEP, Grid, gridded
from cim_bridge.tiles.strings import I64

U64 = npt.NDArray[np.uint64]

_Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
"""glTF's axes (y up) to those of tiles (z up)."""
_STEEP = 0.5
"""A face whose normal rises less than this is a wall; walls come before roofs in a feature."""


@dataclass(frozen=True)
class Part:
    """One tile before it is encoded; east, north, up.

    positions (v, 3): uint16 steps of `grid`, or float32 metres from its corner.
    normals (v, 3) int8; None where readers take those of the faces. feature (v,) uint16: place in
    `features`; triangles (t, 3), those of one feature together.
    frame: 4x4 from east-north-up at the tile's own origin to Earth-centred.
    low, high: bounds as a reader decodes them, metres.
    uv (v, 2): place in the atlas, 0 to 65535 from its upper left; None without a look.
    absolute: whether the glTF is to be Earth-centred by itself.
    """

    positions: npt.NDArray[np.uint16] | npt.NDArray[np.float32]
    normals: npt.NDArray[np.int8] | None
    feature: npt.NDArray[np.uint16]
    triangles: I64
    features: I64
    grid: Grid
    frame: F64
    low: F64
    high: F64
    uv: npt.NDArray[np.uint16] | None = None
    atlas: Atlas | None = None
    absolute: bool = False

    @classmethod
    def bounds_only(cls, features: I64, frame: F64, low: F64, high: F64) -> Part:
        """A part of which only the place counts any more; its content is made already."""
        nothing = np.zeros((0, 3), np.int64)
        return cls(
            nothing.astype(np.uint16), None, np.zeros(0, np.uint16), nothing, features,
            Grid(np.ones(3), np.zeros(3), floats=False), frame, low, high,
        )  # fmt: skip

    @property
    def node_matrix(self) -> list[float]:
        """The glTF node's matrix, column by column (float64; readers turn y up to z up)."""
        if not self.absolute:
            return self.grid.matrix
        own = np.array(self.grid.matrix).reshape(4, 4).T
        whole = _Z_UP.T @ self.frame @ _Z_UP @ own
        return [float(value) for value in whole.T.ravel()]

    def arranged(self, order: I64) -> Part:
        """The same part with its vertices, but not its triangles, in another order."""
        return replace(
            self,
            positions=self.positions[order],
            normals=None if self.normals is None else self.normals[order],
            feature=self.feature[order],
            uv=None if self.uv is None else self.uv[order],
        )


def cut(source: FeatureSet, chosen: I64, globe: Globe, *, shaded: bool = True) -> Part:
    """Take the chosen features out of a set and lay them out for one tile.

    shaded: give flat faces their normals; without, their corners are shared between faces.
    """
    triangles, feature = source.corners(chosen)
    corners = triangles.ravel()
    distinct, inverse = numbered(_first_use(corners))
    used = corners[distinct]
    points = source.vertices.take(used, axis=0)
    frame = globe.frame(_origin(points))
    local = _local(globe.ecef(points), frame)
    places, grid = gridded(local, max(COARSEST_STEP, source.grain))
    owner = np.repeat(feature, 3)
    if source.normals is None:
        atlas = _atlas(source, chosen, local, inverse)
        return _faceted(local, places, inverse, feature, chosen, frame, grid, atlas, shaded)
    vertex_owner = np.zeros(len(used), np.int64)
    vertex_owner[inverse] = owner
    order, rank = _compressible(places, vertex_owner)
    return _part(
        places[order], grid.normals(source.normals[used][order]), vertex_owner[order],
        rank[inverse].reshape(-1, 3), chosen, grid, frame,
    )  # fmt: skip


def _first_use(corners: I64) -> I64:
    """For every corner the first place at which its vertex is used."""
    low = int(corners.min())
    near = corners - low
    first = np.zeros(int(near.max()) + 1, np.int64)
    first[near[::-1]] = np.arange(len(corners) - 1, -1, -1)
    found: I64 = first[near]
    return found


def _origin(points: F64) -> F64:
    """Whole metres, so that a change elsewhere does not move this tile."""
    low, high = extent(points)
    return np.array([*np.round((low[:2] + high[:2]) / 2.0), np.floor(low[2])])


def _local(ecef: F64, frame: F64) -> F64:
    inverse = rigid_inverse(frame)
    found: F64 = (ecef - frame[:3, 3]) @ inverse[:3, :3].T
    return found


def _atlas(source: FeatureSet, chosen: I64, local: F64, corner: I64) -> Atlas | None:
    """Draw the atlas of the chosen features, when they wear anything; see `_faceted`."""
    look = source.looks(chosen)
    if look is None:
        return None
    return atlas_of(look, local[corner].reshape(-1, 3, 3), max(source.texel, FINEST))


def _faceted(
    local: F64, places: I64, corner: I64, feature: I64, chosen: I64, frame: F64, grid: Grid,
    atlas: Atlas | None, shaded: bool,
) -> Part:  # fmt: skip
    """Flat faces: a corner is shared where feature, position, normal and look all agree.

    local, places (v, 3); corner (3 t,): vertices of the triangles.
    """
    normals = _face_normals(local, corner)
    order = np.argsort(feature * 2 + (np.abs(normals[:, 2]) > _STEEP), kind="stable")
    corner = corner.reshape(-1, 3).take(order, axis=0).ravel()
    owner = np.repeat(feature[order], 3)
    stored = grid.normals(normals.take(order, axis=0)) if shaded else None
    flat, up = _place(places)
    who = feature[order].astype(np.uint64)
    if stored is not None:
        x, y, z = stored.view(np.uint8).astype(np.uint64).T
        who |= x << np.uint64(32) | y << np.uint64(24) | z << np.uint64(16)
    words = [flat.take(corner), up.take(corner) | np.repeat(who, 3)]
    uv: npt.NDArray[np.uint16] | None = None
    if atlas is not None:
        look = np.clip(atlas.uv, 0.0, 1.0)[order].reshape(-1, 2)
        uv = np.rint(look * 65535.0).astype(np.uint16)
        words.append(uv[:, 0].astype(np.uint64) << np.uint64(16) | uv[:, 1])
    keep, index = numbered(first_equal(*words))
    vertex = corner.take(keep)
    spot = places.take(vertex, axis=0)
    ranked, rank = _compressible(spot, owner[keep])
    keep, triangles = keep.take(ranked), rank.take(index).reshape(-1, 3)
    return _part(
        spot.take(ranked, axis=0), None if stored is None else stored.take(keep // 3, axis=0),
        owner[keep],
        _with_area(triangles, feature[order]), chosen, grid, frame,
        None if uv is None else uv[keep], atlas,
    )  # fmt: skip


def _place(places: I64) -> tuple[U64, U64]:
    """Whole steps (n, 3) as two words each, the second one's lower 40 bits free."""
    east, north, up = (places[:, axis].astype(np.uint64) for axis in range(3))
    return east << np.uint64(32) | north, up << np.uint64(40)


def _with_area(triangles: I64, feature: I64) -> I64:
    """Triangles without those that became a line or a point; every feature keeps one at least."""
    a, b, c = triangles.T
    flat = (a == b) | (b == c) | (c == a)
    if not flat.any():
        return triangles
    seen = np.bincount(feature, ~flat)
    first = np.flatnonzero(np.diff(feature, prepend=-1))
    flat[first[seen[feature[first]] == 0]] = False
    found: I64 = triangles[~flat]
    return found


def _compressible(places: I64, owner: I64) -> tuple[I64, I64]:
    """Order of the vertices by feature, north, east and up, and where each one goes.

    Measured on LoD1 buildings: 80 bytes each under brotli instead of 107 in order of first use.
    """
    if len(places) and int(places.max()) < 1 << 16:
        east, north, up = places.astype(np.uint64).T
        key = owner.astype(np.uint64) << np.uint64(48) | north << np.uint64(32)
        order = np.argsort(key | east << np.uint64(16) | up, kind="stable")
    else:
        order = np.lexsort((places[:, 2], places[:, 0], places[:, 1], owner))
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return order, rank


def _face_normals(local: F64, corner: I64) -> F64:
    """Unit normal of every triangle, east, north, up; one without area points up."""
    a, b, c = (local.take(corner[k::3], axis=0) for k in range(3))
    normal, length = face_normals(a, b, c)
    flat = length < 1e-12
    normal[flat], length[flat] = (0.0, 0.0, 1.0), 1.0
    found: F64 = normal / length[:, None]
    return found


def _part(
    places: I64, normals: npt.NDArray[np.int8] | None, owner: I64, triangles: I64, chosen: I64,
    grid: Grid, frame: F64, uv: npt.NDArray[np.uint16] | None = None, atlas: Atlas | None = None,
) -> Part:  # fmt: skip
    columns = places.T
    low = grid.decoded(np.array([column.min() for column in columns]))
    high = grid.decoded(np.array([column.max() for column in columns]))
    return Part(
        grid.positions(places), normals, owner.astype(np.uint16), triangles, chosen, grid, frame,
        low, high, uv, atlas,
    )  # fmt: skip
