"""Where a model lies, worked out apart from our readers: lxml, IfcOpenShell and pyproj alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from lxml import etree
from pyproj import Transformer

_GML = "{http://www.opengis.net/gml}"
_LEFT_OUT = {"IfcSpace", "IfcOpeningElement", "IfcSite", "IfcAnnotation", "IfcGrid"}


@dataclass(frozen=True)
class Face:
    """One flat face of a building: its corners in the CRS of the file, and what it is."""

    corners: np.ndarray
    kind: str

    @property
    def normal(self) -> np.ndarray:
        """Unit normal by Newell's sum."""
        after = np.roll(self.corners, -1, axis=0)
        a, b = self.corners - self.corners[0], after - self.corners[0]
        total = np.cross(a, b).sum(axis=0)
        return total / np.linalg.norm(total)

    @property
    def area(self) -> float:
        after = np.roll(self.corners, -1, axis=0)
        return float(
            np.linalg.norm(np.cross(self.corners - self.corners[0], after - self.corners[0]).sum(0))
            / 2
        )


@cache
def _root(path: Path) -> etree._Element:
    return etree.parse(path).getroot()


def citygml_faces(path: Path, building: str) -> list[Face]:
    """Every polygon of one building of a CityGML file, in the numbers that the file holds."""
    (item,) = _root(path).xpath(f"//*[local-name()='Building'][@*[local-name()='id']='{building}']")
    faces = []
    for ring in item.iter(f"{_GML}LinearRing"):
        text = ring.find(f"{_GML}posList")
        numbers = np.array(text.text.split(), float).reshape(-1, 3)
        kinds = [etree.QName(one).localname for one in ring.iterancestors()]
        kind = next((one for one in kinds if one.endswith("Surface") and one[0] in "WRG"), "")
        faces.append(Face(numbers[:-1], kind))
    return faces


def ifc_corners(path: Path) -> np.ndarray:
    """(N, 3) corners of the triangles of all products, in map coordinates."""
    return ifc_triangles(path).reshape(-1, 3)


@cache
def ifc_triangles(path: Path) -> np.ndarray:
    """(T, 3, 3) triangles of all products, moved as ePSet_MapConversion says (metres)."""
    import ifcopenshell
    import ifcopenshell.geom

    model = ifcopenshell.open(str(path))
    told = {
        one.Name: one.NominalValue.wrappedValue
        for group in model.by_type("IfcPropertySet")
        if group.Name == "ePSet_MapConversion"
        for one in group.HasProperties
    }
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    found = []
    for product in model.by_type("IfcProduct"):
        if product.Representation is None or product.is_a() in _LEFT_OUT:
            continue
        try:
            shape = ifcopenshell.geom.create_shape(settings, product)
        except RuntimeError:
            continue
        corners = np.array(shape.geometry.verts).reshape(-1, 3)
        found.append(corners[np.array(shape.geometry.faces, int)])
    x, y, z = np.concatenate(found).T
    a, b = told["XAxisAbscissa"], told["XAxisOrdinate"]
    cos, sin = a / np.hypot(a, b), b / np.hypot(a, b)
    moved = np.column_stack((
        told["Eastings"] + told["Scale"] * (x * cos - y * sin),
        told["Northings"] + told["Scale"] * (x * sin + y * cos),
        told["OrthogonalHeight"] + told["Scale"] * z,
    ))  # fmt: skip
    return moved.reshape(-1, 3, 3)


def earth(points: np.ndarray, crs: str, offset: float = 0.0) -> np.ndarray:
    """(N, 3) Earth-centred metres of coordinates whose heights are `offset` below the ellipsoid's.

    The horizontal part goes by the CRS, heights are only added: no geoid is asked for.
    """
    lon, lat = _between(crs, "EPSG:4326").transform(points[:, 0], points[:, 1])
    return np.column_stack(
        _between("EPSG:4979", "EPSG:4978").transform(lon, lat, points[:, 2] + offset)
    )


@cache
def _between(one: str, other: str) -> Transformer:
    return Transformer.from_crs(one, other, always_xy=True)
