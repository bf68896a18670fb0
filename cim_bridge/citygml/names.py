"""The vocabulary of CityGML 1 to 3: what an element name means to us. Local names, any version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cim_bridge.cityobjects import SURFACES
from cim_bridge.mesh import GROUND, ROOF, UNKNOWN, WALL

CITYGML = "http://www.opengis.net/citygml"
VERSIONS = ("1.0", "2.0", "3.0")
GML = ("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

OBJECTS: Mapping[str, str] = {
    "Building": "Building", "Bridge": "Bridge", "Tunnel": "Tunnel", "Road": "Road",
    "Track": "Road", "Railway": "Railway", "Square": "TransportSquare", "Waterway": "Waterway",
    "TransportationComplex": "Road", "WaterBody": "WaterBody", "PlantCover": "PlantCover",
    "SolitaryVegetationObject": "SolitaryVegetationObject", "LandUse": "LandUse",
    "CityFurniture": "CityFurniture", "OtherConstruction": "OtherConstruction",
    "GenericCityObject": "GenericCityObject", "ReliefFeature": "TINRelief",
    "TINRelief": "TINRelief",
}  # fmt: skip
"""Classes of features → the CityJSON type that the gathering of units knows."""

PARTS: Mapping[str, str] = {
    "BuildingPart": "BuildingPart", "BuildingInstallation": "BuildingInstallation",
    "BuildingConstructiveElement": "BuildingConstructiveElement", "BridgePart": "BridgePart",
    "BridgeInstallation": "BridgeInstallation",
    "BridgeConstructionElement": "BridgeConstructiveElement",
    "BridgeConstructiveElement": "BridgeConstructiveElement", "TunnelPart": "TunnelPart",
    "TunnelInstallation": "TunnelInstallation",
    "TunnelConstructiveElement": "TunnelConstructiveElement",
}  # fmt: skip
"""Second-level features, folded into the one they belong to."""

INNER: frozenset[str] = frozenset(
    {
        "Room", "IntBuildingInstallation", "BuildingFurniture", "BuildingRoom", "BuildingUnit",
        "Storey", "BridgeRoom", "IntBridgeInstallation", "BridgeFurniture", "HollowSpace",
        "IntTunnelInstallation", "TunnelFurniture", "FloorSurface", "InteriorWallSurface",
        "CeilingSurface", "ClearanceSpace",
    }
)  # fmt: skip
"""What lies inside and is not shown."""

THEMATIC: Mapping[str, int] = {
    **SURFACES, "ClosureSurface": UNKNOWN, "WindowSurface": WALL, "DoorSurface": WALL,
    "TrafficArea": ROOF, "AuxiliaryTrafficArea": ROOF, "TrafficSpace": ROOF,
    "AuxiliaryTrafficSpace": ROOF, "Section": ROOF, "Intersection": ROOF, "Marking": ROOF,
    "HoleSurface": UNKNOWN, "Hole": UNKNOWN, "WaterSurface": ROOF, "WaterGroundSurface": GROUND,
    "WaterClosureSurface": UNKNOWN, "GenericThematicSurface": UNKNOWN,
}  # fmt: skip
"""Surfaces and spaces that bound a feature → code of their triangles."""

HAZARD, ZONE, GENERIC = "HazardZone", "UrbanZone", "GenericCityObject"
"""Types of what i-UR and other extensions add: flood areas, zones of the urban plan, the rest."""

GEOMETRIES: frozenset[str] = frozenset(
    {
        "Point", "MultiPoint", "LineString", "Curve", "MultiCurve", "CompositeCurve", "Polygon",
        "Surface", "MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid",
        "OrientableSurface", "TriangulatedSurface", "PolyhedralSurface", "Tin", "MultiGeometry",
        "GeometricComplex", "Envelope", "RectifiedGridCoverage", "ImplicitGeometry",
    }
)  # fmt: skip

_LOD = re.compile(
    r"lod([0-4])(FootPrint|RoofEdge|Solid|MultiSurface|Surface|Geometry|ImplicitRepresentation"
    r"|MultiCurve|Network|Point|GenericGeometry|TerrainIntersection\w*)$"
)
_ROLES: Mapping[str, str] = {
    "FootPrint": "foot", "RoofEdge": "edge", "ImplicitRepresentation": "implicit",
    "MultiCurve": "line", "Network": "line", "Point": "point",
}  # fmt: skip
_GENERIC = re.compile(
    r"(string|int|double|date|uri|measure|code|String|Int|Double|Date|Uri|URI|Measure|Code)"
    r"Attribute$"
)
_IGNORED = frozenset(
    {
        "appearance",
        "appearanceMember",
        "generalizesTo",
        "parent",
        "groupMember",
        "extent",
        "relatedTo",
        "dynamizer",
        "versioning",
        "pointCloud",
        "validTimeGeometry",
    }
)


@dataclass(frozen=True, slots=True)
class Name:
    """A qualified name. role: foot, edge, implicit, line, point, surface, generic, set, skip or
    "" (to be judged by what it holds); lod: ten times its number, -1 none."""

    space: str
    local: str
    role: str = ""
    lod: int = -1

    @property
    def gml(self) -> bool:
        """Whether it is GML's own."""
        return self.space in GML


@lru_cache(maxsize=4096)
def name_of(tag: str) -> Name:
    """What a qualified name means, `{namespace}local`."""
    space, _, local = tag.rpartition("}")
    space = space[1:]
    found = _LOD.match(local)
    if found:
        kind = found.group(2)
        role = "skip" if kind.startswith("Terrain") else _ROLES.get(kind, "surface")
        return Name(space, local, role, 10 * int(found.group(1)))
    if local in _IGNORED:
        return Name(space, local, "skip")
    if space.startswith(f"{CITYGML}/generics"):
        if _GENERIC.match(local):
            return Name(space, local, "generic")
        if local.lower() == "genericattributeset":
            return Name(space, local, "set")
    return Name(space, local)


def version_of(tag: str) -> str | None:
    """CityGML version of a root element `CityModel`, None for anything else."""
    name = name_of(tag)
    found = re.match(rf"{CITYGML}/(?:profiles/\w+/)?(\d\.\d)$", name.space)
    return found.group(1) if found and name.local == "CityModel" else None


def type_of(name: Name) -> str | None:
    """Type of a feature of its own for the gathering of units, None to pass over.

    Classes of extensions get theirs by their name.
    """
    local = name.local
    if name.gml:
        return None
    if local in OBJECTS:
        return OBJECTS[local]
    if name.space.startswith(CITYGML):
        parts = PARTS.get(local)
        if parts is not None:
            return parts.removesuffix("Part") if parts.endswith("Part") else GENERIC
        return GENERIC if local.startswith("Generic") else None
    if "DisasterProne" in local or "Risk" in local or "Hazard" in local:
        return HAZARD
    return ZONE if "/urf" in name.space else GENERIC
