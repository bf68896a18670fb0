"""From a tile's part to its bytes; a profile is an Encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cim_bridge.errors import WrongUse
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.glb import Buffer
from cim_bridge.tiles.metadata import property_table
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.texture import dress

Encoder = Callable[[Part, FeatureSet], bytes]
"""Turns one part of a feature set into the bytes of a content file."""

_WHITE = {
    "pbrMetallicRoughness": {
        "baseColorFactor": [0.85, 0.85, 0.83, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 1.0,
    },
    "doubleSided": True,
}


def portable(part: Part, source: FeatureSet) -> bytes:
    """Quantised positions and normals, no compression extension: any glTF client reads it."""
    buffer = Buffer()
    attributes = {
        "POSITION": buffer.attribute(part.positions, bounds=True),
        "NORMAL": buffer.attribute(part.normals, normalized=True),
        "_FEATURE_ID_0": buffer.attribute(part.feature),
    }
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": buffer.indices(part.triangles, len(part.positions)),
        "material": 0,
        "extensions": {
            "EXT_mesh_features": {
                "featureIds": [
                    {"featureCount": len(part.features), "attribute": 0, "propertyTable": 0}
                ]
            }
        },
    }
    node: dict[str, Any] = {"mesh": 0}
    if part.step:
        node["translation"] = part.translation.tolist()
        node["scale"] = [part.step] * 3
    document = {
        "asset": {"version": "2.0", "generator": "cimtwin"},
        "extensionsUsed": ["KHR_mesh_quantization", "EXT_mesh_features", "EXT_structural_metadata"],
        "extensionsRequired": ["KHR_mesh_quantization"],
        "extensions": {"EXT_structural_metadata": property_table(buffer, source, part.features)},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [{"primitives": [primitive]}],
        "materials": [_WHITE],
    }
    return buffer.finish(dress(buffer, part, document))


_PROFILES: dict[str, Encoder] = {"portable": portable}


def encoder(profile: str) -> Encoder:
    """Return the encoder of a profile."""
    found = _PROFILES.get(profile)
    if found is None:
        raise WrongUse(f"unknown tile profile {profile!r}; there is {', '.join(_PROFILES)}")
    return found
