"""From the features of one tile to its bytes: the seam at which work may be parted.

Per tile and pure: the bytes depend on the features' arrays, the model's place on the globe and the
profile, never on the rest of the city. Global are only the choice of features (quadtree) and the
names of the files (store).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cim_bridge.errors import WrongUse
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.glb import MESHOPT, Buffer
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.metadata import property_table
from cim_bridge.tiles.part import Part, cut
from cim_bridge.tiles.strings import I64
from cim_bridge.tiles.texture import dress
from cim_bridge.tiles.trianglecodec import encode_triangles

_WHITE = {
    "pbrMetallicRoughness": {
        "baseColorFactor": [0.85, 0.85, 0.83, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 1.0,
    },
    "doubleSided": True,
}
_EXTENSIONS = ("KHR_mesh_quantization", "EXT_mesh_features", "EXT_structural_metadata")


@dataclass(frozen=True)
class Profile:
    """How tiles are written. shaded: whether flat faces carry normals."""

    name: str
    shaded: bool
    encode: Callable[[Part, FeatureSet], bytes]


def tile_part(
    source: FeatureSet, chosen: I64, globe: Globe, profile: Profile, *, absolute: bool = False
) -> tuple[Part, bytes]:
    """Cut the chosen features out of a set and write them as one content; one leaf's whole work.

    absolute: the content itself says where on the globe it is, as implicit tiles must, which have
    no transform of their own.
    """
    part = cut(source, chosen, globe, shaded=profile.shaded)
    return part, profile.encode(replace(part, absolute=absolute), source)


def portable(part: Part, source: FeatureSet) -> bytes:
    """Quantised positions and normals, no compression extension: any glTF client reads it."""
    buffer = Buffer()
    attributes = _attributes(buffer, part)
    indices = buffer.indices(part.triangles, len(part.positions))
    attributes["POSITION"] = buffer.attribute(part.positions, bounds=True)
    table = property_table(buffer, source, part.features)
    found = _document(part, attributes, indices, table)
    return buffer.finish(dress(buffer, part, found))


def lean(part: Part, source: FeatureSet) -> bytes:
    """Compressed by EXT_meshopt_compression; no ids; flat faces without normals share corners.

    For our viewer, whose shader takes the normals of faces from derivatives.
    """
    buffer = Buffer(packed=True)
    owner = part.feature[part.triangles[:, 0]].astype(np.int64)
    packed = encode_triangles(part.triangles, owner, len(part.positions))
    part = part.arranged(packed.order)
    attributes = _attributes(buffer, part)
    indices = buffer.packed_indices(packed.data, part.triangles.size, len(part.positions))
    attributes["POSITION"] = buffer.attribute(part.positions, bounds=True)
    table = property_table(buffer, source, part.features, ids=False)
    found = _document(part, attributes, indices, table, MESHOPT)
    return buffer.finish(dress(buffer, part, found, small=True))


def _attributes(buffer: Buffer, part: Part) -> dict[str, int]:
    """Append what vertices have beside their position.

    Brotli finds 6 bytes a building less when indices follow feature ids and positions come last.
    """
    found = {}
    if part.normals is not None:
        found["NORMAL"] = buffer.attribute(part.normals, normalized=True)
    found["_FEATURE_ID_0"] = buffer.attribute(part.feature)
    return found


def _document(
    part: Part, attributes: dict[str, int], indices: int, table: dict[str, Any], *more: str
) -> dict[str, Any]:
    feature_ids = {"featureCount": len(part.features), "attribute": 0, "propertyTable": 0}
    primitive = {
        "attributes": attributes,
        "indices": indices,
        "material": 0,
        "extensions": {"EXT_mesh_features": {"featureIds": [feature_ids]}},
    }
    return {
        "asset": {"version": "2.0", "generator": "cimtwin"},
        "extensionsUsed": [*_EXTENSIONS, *more],
        "extensionsRequired": [_EXTENSIONS[0], *more],
        "extensions": {"EXT_structural_metadata": table},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "matrix": part.node_matrix}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [_WHITE],
    }


_PROFILES = {
    made.name: made for made in (Profile("portable", True, portable), Profile("lean", False, lean))
}


def profile_of(name: str) -> Profile:
    """Return a profile by its name."""
    found = _PROFILES.get(name)
    if found is None:
        raise WrongUse(f"unknown tile profile {name!r}; there is {', '.join(_PROFILES)}")
    return found
