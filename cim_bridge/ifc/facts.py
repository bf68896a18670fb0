"""What an IFC file says besides its shapes, as plain data (runs in the child, never in ours)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cim_bridge.ifc.worker import LEFT_OUT

_MOST = 100
"""Characters of a property's text that are kept."""


def _library(name: str) -> Any:
    """Return a module of IfcOpenShell, which many machines lack and whose types are half there."""
    return import_module(f"ifcopenshell.{name}")


def facts_of(model: Any) -> dict[str, Any]:
    """Schema, unit, georeference, buildings, storeys and elements."""
    unit = float(_library("util.unit").calculate_unit_scale(model))
    return {
        "schema": str(model.schema),
        "unit": unit,
        "georeference": _georeference(model, unit),
        "project": _named(model.by_type("IfcProject")[0]) if model.by_type("IfcProject") else None,
        "buildings": [_building(item, unit) for item in model.by_type("IfcBuilding")],
        "storeys": [_storey(item, unit) for item in model.by_type("IfcBuildingStorey")],
        "elements": _elements(model),
    }


def _named(item: Any) -> dict[str, Any]:
    return {
        "guid": item.GlobalId,
        "name": item.Name or "",
        "long_name": getattr(item, "LongName", None) or "",
        "description": item.Description or "",
        "object_type": getattr(item, "ObjectType", None) or "",
    }


def _building(item: Any, unit: float) -> dict[str, Any]:
    element = _library("util.element")
    psets = element.get_psets(item)
    flat = {
        f"{name}.{key}": value[:_MOST] if isinstance(value, str) else value
        for name, values in psets.items()
        for key, value in values.items()
        if key != "id" and isinstance(value, str | int | float | bool)
    }
    return {**_named(item), "z": _level(item, unit), "psets": flat, "address": _address(item)}


def _address(item: Any) -> str:
    address = getattr(item, "BuildingAddress", None)
    if address is None:
        return ""
    parts = [*(address.AddressLines or ()), address.PostalCode, address.Town, address.Country]
    return ", ".join(str(part) for part in parts if part)


def _storey(item: Any, unit: float) -> dict[str, Any]:
    element = _library("util.element")
    above = element.get_aggregate(item)
    while above is not None and not above.is_a("IfcBuilding"):
        above = element.get_aggregate(above)
    spaces = [
        part
        for relation in item.IsDecomposedBy
        for part in relation.RelatedObjects
        if part.is_a("IfcSpace")
    ]
    return {
        **_named(item),
        "building": above.GlobalId if above is not None else "",
        "z": _level(item, unit),
        "spaces": len(spaces),
    }


def _level(item: Any, unit: float) -> float:
    """Metres of a placement's origin above the file's zero."""
    placement = _library("util.placement")
    if item.ObjectPlacement is None:
        return 0.0
    matrix = placement.get_local_placement(item.ObjectPlacement)
    return float(matrix[2][3]) * unit


def _elements(model: Any) -> list[list[str]]:
    """[GlobalId, class, storey or "", building or "", "site" when it lies in the site alone]."""
    found = []
    skipped = tuple(name for name in LEFT_OUT)
    for item in model.by_type("IfcProduct"):
        if item.Representation is None or any(item.is_a(name) for name in skipped):
            continue
        storey, building, site = _place(item)
        found.append([item.GlobalId, item.is_a(), storey, building, site])
    return found


def _place(item: Any) -> tuple[str, str, str]:
    element = _library("util.element")
    storey = building = site = ""
    above = item if item.is_a("IfcSite") else element.get_container(item)
    if above is None:
        above = element.get_aggregate(item)
    while above is not None:
        if above.is_a("IfcBuildingStorey"):
            storey = storey or above.GlobalId
        elif above.is_a("IfcBuilding"):
            building = building or above.GlobalId
        elif above.is_a("IfcSite"):
            site = "site"
        above = element.get_aggregate(above) or element.get_container(above)
    return storey, building, site if not building else ""


def _georeference(model: Any, unit: float) -> dict[str, Any]:
    """Every statement about where the file lies, as written."""
    found: dict[str, Any] = {"conversion": None, "crs": None, "site": _site(model, unit)}
    if model.schema != "IFC2X3":
        for item in model.by_type("IfcMapConversion"):
            found["conversion"] = _numbers(item.get_info())
            found["crs"] = _target(item.TargetCRS)
    if found["conversion"] is None:
        found["conversion"], found["crs"] = _psets(model)
    found["north"] = _true_north(model)
    return found


def _numbers(info: dict[str, Any]) -> dict[str, float]:
    names = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate",
             "Scale")  # fmt: skip
    return {n: float(info[n]) for n in names if isinstance(info.get(n), int | float)}


def _target(crs: Any) -> dict[str, Any]:
    unit = getattr(crs, "MapUnit", None)
    factor = None
    if unit is not None:
        factor = float(_library("util.unit").convert_unit(1.0, unit, _metre()))
    return {"name": crs.Name or "", "unit": factor}


def _metre() -> Any:
    return (
        import_module("ifcopenshell")
        .file(schema="IFC4")
        .create_entity("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
    )


def _psets(model: Any) -> tuple[dict[str, float] | None, dict[str, Any] | None]:
    """The property sets that stand for both in IFC 2x3, on the site, project or building."""
    element = _library("util.element")
    for kind in ("IfcSite", "IfcProject", "IfcBuilding"):
        for item in model.by_type(kind):
            psets = element.get_psets(item)
            lower = {str(name).lower(): values for name, values in psets.items()}
            conversion = lower.get("epset_mapconversion")
            if conversion:
                crs = lower.get("epset_projectedcrs") or {}
                unit = {"METRE": 1.0, "METER": 1.0, "M": 1.0}.get(
                    str(crs.get("MapUnit", "")).upper()
                )
                return _numbers(conversion), {"name": str(crs.get("Name") or ""), "unit": unit}
    return None, None


def _site(model: Any, unit: float) -> dict[str, Any] | None:
    placement = _library("util.placement")
    for item in model.by_type("IfcSite"):
        if item.RefLatitude and item.RefLongitude:
            origin = [0.0, 0.0, 0.0]
            if item.ObjectPlacement is not None:
                matrix = placement.get_local_placement(item.ObjectPlacement)
                origin = [float(matrix[axis][3]) * unit for axis in range(3)]
            return {
                "latitude": _degrees(item.RefLatitude),
                "longitude": _degrees(item.RefLongitude),
                "elevation": float(item.RefElevation or 0.0) * unit,
                "origin": origin,
            }
    return None


def _degrees(parts: Any) -> float:
    """Degrees of (d, m, s, millionths of a second); every part carries the sign."""
    steps = (1.0, 60.0, 3600.0, 3.6e9)
    return float(sum(part / step for part, step in zip(parts, steps, strict=False)))


def _true_north(model: Any) -> list[float] | None:
    """Direction of true north in the file's axes, where a context says so."""
    for context in model.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
        if context.TrueNorth is not None and context.ContextType in ("Model", None, ""):
            x, y = context.TrueNorth.DirectionRatios[:2]
            return [float(x), float(y)] if x or y else None
    return None
