"""IFC4 of the bay tower: site, building, storeys, slabs and walls, placed by a map conversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyproj import Transformer

from scenes.sample.cityjson import LABEL
from scenes.sample.plan import Array
from scenes.sample.step import Step, guid, real, reals, refs, string
from scenes.sample.tower import Storey, Tower

SLAB, WALL = 0.3, 0.4  # metres
CRS, CRS_NAME = "EPSG:4549", "CGCS2000 / 3-degree Gauss-Kruger CM 120E"
PSET = "CIMTwin_Identity"


def write_tower(folder: Path, tower: Tower) -> Path:
    """``landmark.ifc``."""
    path = folder / "landmark.ifc"
    path.write_text(_Writer(tower).text(path.name), encoding="ascii", newline="\n")
    return path


class _Writer:
    """One file, from the project down to the slabs."""

    def __init__(self, tower: Tower) -> None:
        self.tower, self.step = tower, Step()
        self.origin = self.step.add("IfcCartesianPoint", reals((0, 0, 0)))
        axes = self.step.add("IfcAxis2Placement3D", self.origin, "$", "$")
        self.up = self.step.add("IfcDirection", reals((0, 0, 1)))
        self.axes = axes
        self.context = self.step.add(
            "IfcGeometricRepresentationContext", "$", "'Model'", "3", "1.E-05", axes, "$"
        )
        self.body = self.step.add(
            "IfcGeometricRepresentationSubContext",
            *("'Body'", "'Model'", "*", "*", "*", "*"),
            *(self.context, "$", ".MODEL_VIEW.", "$"),
        )

    def text(self, file: str) -> str:
        """Everything from the project down."""
        name = self.tower.name
        metre = self.step.add("IfcSIUnit", "*", ".LENGTHUNIT.", "$", ".METRE.")
        units = self.step.add(
            "IfcUnitAssignment",
            refs(
                [
                    metre,
                    self.step.add("IfcSIUnit", "*", ".AREAUNIT.", "$", ".SQUARE_METRE."),
                    self.step.add("IfcSIUnit", "*", ".PLANEANGLEUNIT.", "$", ".RADIAN."),
                ]
            ),
        )
        project = self.step.add(
            "IfcProject",
            *(guid(f"{self.tower.id} project"), "$", string(f"{name[0]} {name[1]}")),
            *(string(LABEL), "$", "$", "$", refs([self.context]), units),
        )
        self._place(metre)
        at = self._placement("$", 0.0)
        site, under = self._site(at), self._placement(at, 0.0)
        building = self._building(under)
        self._aggregate(project, [site])
        self._aggregate(site, [building])
        floors = [self._storey(n, s, under) for n, s in enumerate(self.tower.storeys, 1)]
        self._aggregate(building, floors)
        return self.step.text(LABEL, file, "IFC4")

    def _place(self, metre: str) -> None:
        """Where the file's zero lies on the map, and where its x axis points."""
        crs = self.step.add(
            "IfcProjectedCRS",
            *(string(CRS), string(CRS_NAME), "'CGCS2000'", "$", "'Gauss-Kruger'", "$", metre),
        )
        axis = [f"{value:.9f}" for value in self.tower.heading]
        place = [real(value) for value in self.tower.place]
        self.step.add("IfcMapConversion", self.context, crs, *place, *axis, "1.")

    def _site(self, at: str) -> str:
        east, north, height = self.tower.place.tolist()
        turn = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
        lon, lat = turn.transform(east, north)
        return self.step.add(
            "IfcSite",
            *(guid(f"{self.tower.id} site"), "$", "'Site'", string(LABEL), "$", at, "$", "$"),
            *(".ELEMENT.", _angle(lat), _angle(lon), real(height), "$", "$"),
        )

    def _building(self, at: str) -> str:
        tower = self.tower
        building = self.step.add(
            "IfcBuilding",
            *(guid(f"{tower.id} building"), "$", string(tower.name[0]), string(LABEL)),
            *("'office'", at, "$", string(tower.name[1]), ".ELEMENT.", "$", "$", "$"),
        )
        self._pset(
            building,
            "Pset_BuildingCommon",
            NumberOfStoreys=f"IFCINTEGER({len(tower.storeys)})",
            YearOfConstruction=f"IFCLABEL('{tower.year}')",
            OccupancyType="IFCLABEL('office')",
        )
        self._pset(
            building,
            PSET,
            BuildingId=f"IFCIDENTIFIER({string(tower.id)})",
            HouseCode=f"IFCIDENTIFIER({string(tower.house_code)})",
            MeasuredHeight=f"IFCLENGTHMEASURE({real(tower.height)})",
            Synthetic="IFCBOOLEAN(.T.)",
            Note=f"IFCTEXT({string(LABEL)})",
        )
        return building

    def _pset(self, owner: str, name: str, **values: str) -> None:
        single = [
            self.step.add("IfcPropertySingleValue", string(key), "$", value, "$")
            for key, value in values.items()
        ]
        key = f"{self.tower.id} {name}"
        pset = self.step.add("IfcPropertySet", guid(key), "$", string(name), "$", refs(single))
        self.step.add(
            "IfcRelDefinesByProperties", guid(f"{key} of"), "$", "$", "$", refs([owner]), pset
        )

    def _storey(self, number: int, storey: Storey, under: str) -> str:
        at = self._placement(under, storey.floor)
        label = f"{number}F"
        found = self.step.add(
            "IfcBuildingStorey",
            *(guid(f"{self.tower.id} {label}"), "$", string(label), "$", "$", at, "$", "$"),
            *(".ELEMENT.", real(storey.floor)),
        )
        parts = self._elements(label, storey, at)
        if number == len(self.tower.storeys):
            ring, base, top = self.tower.mast
            shape = self._extruded(ring, base - storey.floor, top - storey.floor)
            parts.append(self._element("IfcBuildingElementProxy", "mast", at, shape, "$"))
        self.step.add(
            "IfcRelContainedInSpatialStructure",
            *(guid(f"{self.tower.id} {label} holds"), "$", "$", "$", refs(parts), found),
        )
        return found

    def _elements(self, label: str, storey: Storey, at: str) -> list[str]:
        """A slab, four walls and, where the block ends, a roof slab; heights from the floor."""
        base, top = storey.base - storey.floor, storey.top - storey.floor
        ceiling = top - SLAB if storey.roofed else top
        slab = self._extruded(storey.ring, base, base + max(SLAB, -base))
        found = [self._element("IfcSlab", f"{label} slab", at, slab, ".FLOOR.")]
        for side in range(4):
            shape = self._extruded(_wall(storey.ring, side), base + max(SLAB, -base), ceiling)
            found.append(
                self._element("IfcWall", f"{label} wall {side + 1}", at, shape, ".SOLIDWALL.")
            )
        if storey.roofed:
            shape = self._extruded(storey.ring, ceiling, top)
            found.append(self._element("IfcSlab", f"{label} roof", at, shape, ".ROOF."))
        return found

    def _element(self, kind: str, name: str, at: str, shape: str, what: str) -> str:
        key = guid(f"{self.tower.id} {name}")
        return self.step.add(kind, key, "$", string(name), "$", "$", at, shape, "$", what)

    def _extruded(self, ring: Array, low: float, high: float) -> str:
        """An outline lifted from ``low`` to ``high``, as the shape of a product."""
        points = [self.step.add("IfcCartesianPoint", reals(p)) for p in ring.tolist()]
        line = self.step.add("IfcPolyline", refs([*points, points[0]]))
        profile = self.step.add("IfcArbitraryClosedProfileDef", ".AREA.", "$", line)
        start = self.step.add("IfcCartesianPoint", reals((0, 0, low)))
        axes = self.step.add("IfcAxis2Placement3D", start, "$", "$")
        solid = self.step.add("IfcExtrudedAreaSolid", profile, axes, self.up, real(high - low))
        shape = self.step.add(
            "IfcShapeRepresentation", self.body, "'Body'", "'SweptSolid'", refs([solid])
        )
        return self.step.add("IfcProductDefinitionShape", "$", "$", refs([shape]))

    def _placement(self, above: str, height: float) -> str:
        point = self.step.add("IfcCartesianPoint", reals((0, 0, height)))
        axes = self.step.add("IfcAxis2Placement3D", point, "$", "$")
        return self.step.add("IfcLocalPlacement", above, axes)

    def _aggregate(self, whole: str, parts: list[str]) -> None:
        key = guid(f"{self.tower.id} {whole} parts")
        self.step.add("IfcRelAggregates", key, "$", "$", "$", whole, refs(parts))


def _wall(ring: Array, side: int) -> Array:
    """The strip along one side of a counter-clockwise outline; every second wall is shortened."""
    a, b = ring[side], ring[(side + 1) % 4]
    along = (b - a) / np.hypot(*(b - a))
    inward = np.array([-along[1], along[0]]) * WALL
    cut = along * (WALL if side % 2 else 0.0)
    return np.stack([a + cut, b - cut, b - cut + inward, a + cut + inward])


def _angle(degrees: float) -> str:
    """Degrees, minutes, seconds and millionths, to the thousandth of a second."""
    left = round(abs(degrees) * 3_600_000)
    sign = 1 if degrees >= 0 else -1
    parts = (left // 3_600_000, left // 60_000 % 60, left // 1_000 % 60, left % 1_000 * 1_000)
    return f"({','.join(str(sign * part) for part in parts)})"
