"""Writes a CityGML document into a 3DCityDB, as its own importer lays it out.

It walks the XML by itself and shares nothing with the readers under test. What the importer does
with the names of CityGML 2 (boundedBy, measuredHeight, yearOfConstruction, GenericCityObject, ...)
is done here too.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
from lxml import etree

from tests.support.citydb.geometry import Element, Geometries, Geometry, id_of
from tests.support.citydb.schema import DATATYPES, NAMESPACES, classes, statements
from tests.support.postgis import PostGis

CONTAINS = 1
SPACES = {alias: number for number, alias in enumerate(NAMESPACES, 1)}
CLASSES = {name: (number, alias) for number, name, _, alias in classes()}
RENAMED = {
    "GenericCityObject": "GenericOccupiedSpace", "Room": "BuildingRoom",
    "BridgeConstructionElement": "BridgeConstructiveElement",
    "IntBuildingInstallation": "BuildingInstallation",
}  # fmt: skip
"""Classes of CityGML 1 and 2 by their names since."""

_LOD = re.compile(r"lod([0-4])\w+$")
_WHOLE = {"storeysAboveGround", "storeysBelowGround"}
_MEASURES = {"floorArea", "crownDiameter", "trunkDiameter", "roofHeight"}

COLUMNS = {
    "feature": ("id", "objectclass_id", "objectid", "creation_date", "termination_date"),
    "geometry_data": (
        "id", "geometry", "implicit_geometry", "geometry_properties", "feature_id",
    ),
    "implicit_geometry": ("id", "objectid", "relative_geometry_id"),
    "address": (
        "id", "objectid", "street", "house_number", "zip_code", "city", "country",
    ),
    "property": (
        "id", "feature_id", "parent_id", "datatype_id", "namespace_id", "name", "val_int",
        "val_double", "val_string", "val_timestamp", "val_uri", "val_codespace", "val_uom",
        "val_array", "val_lod", "val_geometry_id", "val_implicitgeom_id",
        "val_implicitgeom_refpoint", "val_address_id", "val_feature_id", "val_relation_type",
    ),
}  # fmt: skip
"""Tables in the order in which they are filled, with the columns that are."""


def plain(url: str) -> str:
    """SQLAlchemy's address as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def new_citydb(
    postgis: PostGis, srid: int, srs_name: str, schema: str = "citydb", version: str = "5.1.0"
) -> str:
    """A database with an empty 3DCityDB; its address."""
    url = postgis.empty()
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(statements(schema, srid, srs_name, version))  # type: ignore[call-overload]
    return url


class Writer:
    """Collects the rows of documents, then copies them into the tables."""

    def __init__(self, srid: int) -> None:
        self.srid = srid
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in COLUMNS}
        self._templates: dict[str, int] = {}
        self._geometries = Geometries(etree.Element("none"))

    def add(self, table: str, **values: Any) -> int:
        """One row; returns its id."""
        rows = self.rows[table]
        rows.append({"id": len(rows) + 1, **values})
        return len(rows)

    def document(self, path: Path) -> None:
        """Every feature of a document."""
        root = etree.parse(str(path)).getroot()
        self._geometries = Geometries(root)
        for member in root:
            if etree.QName(member).localname in ("cityObjectMember", "featureMember"):
                for element in member:
                    if isinstance(element.tag, str):
                        self.feature(element)

    def copy(self, url: str, schema: str = "citydb") -> None:
        """Fill the tables."""
        with psycopg.connect(plain(url)) as connection:
            for table, columns in COLUMNS.items():
                names = ", ".join(columns)
                command = f"COPY {schema}.{table} ({names}) FROM STDIN"
                with connection.cursor().copy(command) as into:  # type: ignore[call-overload]
                    for row in self.rows[table]:
                        into.write_row([row.get(name) for name in columns])
            for table in COLUMNS:
                connection.execute(f"ANALYZE {schema}.{table}")  # type: ignore[call-overload]

    def feature(self, element: Element) -> int:
        """A feature with all that is in it."""
        local = etree.QName(element).localname
        number, _ = CLASSES[RENAMED.get(local, local)]
        objectid = id_of(element) or None
        feature = self.add(
            "feature", objectclass_id=number, objectid=objectid, creation_date="2026-01-01"
        )
        for prop in element:
            if isinstance(prop.tag, str):
                self._property(feature, prop)
        return feature

    def property(self, feature: int, alias: str, name: str, type_: str, **values: Any) -> int:
        """A row of the property table."""
        return self.add(
            "property", feature_id=feature, namespace_id=SPACES[alias], name=name,
            datatype_id=DATATYPES[type_], **values,
        )  # fmt: skip

    def _property(self, feature: int, prop: Element) -> None:
        name, alias = etree.QName(prop).localname, _alias(prop)
        lod = _LOD.match(name)
        inner = next((c for c in prop if isinstance(c.tag, str)), None)
        local = etree.QName(inner).localname if inner is not None else ""
        if name == "tin" or (lod and local != "ImplicitGeometry"):
            self._geometry(feature, prop, name, alias, lod[1] if lod else "1")
        elif lod and inner is not None:
            self._implicit(feature, inner, name, alias, lod[1])
        elif RENAMED.get(local, local) in CLASSES and inner is not None:
            held = self.feature(inner)
            named = "boundary" if name == "boundedBy" else name
            self.property(
                feature, "core" if named == "boundary" else alias, named, "FeatureProperty",
                val_feature_id=held, val_relation_type=CONTAINS,
            )  # fmt: skip
        else:
            self._value(feature, prop, name, alias, inner, local)

    def _geometry(self, feature: int, prop: Element, name: str, alias: str, lod: str) -> None:
        found = self._geometries.read(prop)
        if found is None:
            return
        made = self._store(found, feature)
        renamed = "lod0MultiSurface" if name == "lod0FootPrint" else name
        space = {"lod0FootPrint": "core", "lod0RoofEdge": "depr"}.get(name, alias)
        self.property(
            feature, space, renamed, "GeometryProperty", val_geometry_id=made, val_lod=lod
        )

    def _store(self, geometry: Geometry, feature: int, *, template: bool = False) -> int:
        column = "implicit_geometry" if template else "geometry"
        blob = geometry.ewkb(None if template else self.srid).hex()
        told = json.dumps(geometry.properties())
        values = {column: blob, "geometry_properties": told, "feature_id": feature}
        return self.add("geometry_data", **values)

    def _implicit(self, feature: int, element: Element, name: str, alias: str, lod: str) -> None:
        holder = next(element.iter("{*}relativeGMLGeometry", "{*}relativeGeometry"))
        link = next((v for k, v in holder.attrib.items() if k.endswith("href")), "")
        key = link.removeprefix("#") or id_of(holder[0])
        if key not in self._templates:
            found = self._geometries.read(holder)
            assert found is not None
            stored = self._store(found, feature, template=True)
            made = self.add("implicit_geometry", objectid=key, relative_geometry_id=stored)
            self._templates[key] = made
        point = next(element.iter("{*}referencePoint"))
        anchor = Geometries(point).read(point)
        assert anchor is not None
        x, y, z = anchor.points[0]
        matrix = next(element.iter("{*}transformationMatrix"), None)
        numbers = (
            [float(word) for word in (matrix.text or "").split()] if matrix is not None else []
        )
        self.property(
            feature, alias, name, "ImplicitGeometryProperty", val_lod=lod,
            val_implicitgeom_id=self._templates[key],
            val_implicitgeom_refpoint=f"SRID={self.srid};POINT Z ({x!r} {y!r} {z!r})",
            val_array=json.dumps(numbers[:12]) if numbers else None,
        )  # fmt: skip

    def _value(
        self, feature: int, prop: Element, name: str, alias: str, inner: Element | None, local: str
    ) -> None:
        text = (prop.text or "").strip()
        if local == "Address":
            self._address(feature, prop, alias)
        elif name == "externalReference":
            system = next((e.text for e in prop.iter("{*}informationSystem")), None)
            target = next((e.text for e in prop.iter("{*}name", "{*}uri", "{*}targetResource")), "")
            self.property(
                feature, "core", name, "ExternalReference", val_uri=target, val_codespace=system
            )
        elif name.endswith("Attribute") or name == "genericAttributeSet":
            self._generic(feature, prop, None)
        elif name == "genericAttribute" and inner is not None:
            self._generic(feature, inner, None)
        elif name == "measuredHeight" or local == "Height":
            self._height(feature, prop)
        elif name in ("yearOfConstruction", "dateOfConstruction"):
            date = text if "-" in text else f"{text}-01-01"
            moment = f"{date}T00:00:00+08:00"
            self.property(feature, "con", "dateOfConstruction", "Timestamp", val_timestamp=moment)
        elif text and inner is None:
            self._leaf(feature, prop, name, alias, text)

    def _leaf(self, feature: int, prop: Element, name: str, alias: str, text: str) -> None:
        if name in _WHOLE:
            self.property(feature, alias, name, "Integer", val_int=int(text))
        elif name in _MEASURES:
            unit = prop.get("uom")
            number = float(text)
            self.property(feature, alias, name, "Measure", val_double=number, val_uom=unit)
        elif name not in ("creationDate", "terminationDate", "lod"):
            space = prop.get("codeSpace")
            self.property(feature, alias, name, "Code", val_string=text, val_codespace=space)

    def _height(self, feature: int, prop: Element) -> None:
        value = prop if not len(prop) else next(prop.iter("{*}value"))
        holder = self.property(feature, "con", "height", "Height")
        self.property(
            feature, "con", "value", "Measure", parent_id=holder,
            val_double=float(value.text or ""), val_uom=value.get("uom"),
        )  # fmt: skip
        self.property(feature, "con", "status", "String", parent_id=holder, val_string="measured")

    def _generic(self, feature: int, element: Element, parent: int | None) -> None:
        local = etree.QName(element).localname
        name = element.get("name") or next(e.text for e in element.iter("{*}name")) or ""
        more = {} if parent is None else {"parent_id": parent}
        if local.lower() == "genericattributeset":
            holder = self.property(feature, "gen", name, "GenericAttributeSet", **more)
            for one in element.iter("{*}stringAttribute", "{*}intAttribute"):
                self._generic(feature, one, holder)
            return
        text = next(e.text for e in element.iter("{*}value")) or ""
        kind = local.lower().removesuffix("attribute")
        if kind == "int":
            self.property(feature, "gen", name, "Integer", val_int=int(text), **more)
        elif kind in ("double", "measure"):
            unit = next(e.get("uom") for e in element.iter("{*}value"))
            number = float(text)
            self.property(feature, "gen", name, "Measure", val_double=number, val_uom=unit, **more)
        else:
            self.property(feature, "gen", name, "String", val_string=text, **more)

    def _address(self, feature: int, prop: Element, alias: str) -> None:
        old = {
            "street": "ThoroughfareName", "house_number": "ThoroughfareNumber",
            "zip_code": "PostalCodeNumber", "city": "LocalityName", "country": "CountryName",
        }  # fmt: skip
        new = {
            "street": "Thoroughfare/{*}NameElement", "house_number": "Thoroughfare/{*}Number",
            "zip_code": "PostCode/{*}Identifier", "city": "Locality/{*}NameElement",
            "country": "Country/{*}NameElement",
        }  # fmt: skip
        made = {
            column: prop.findtext(f".//{{*}}{old[column]}")
            or prop.findtext(f".//{{*}}{new[column]}")
            for column in old
        }
        address = self.add("address", **made)
        self.property(feature, alias, "address", "AddressProperty", val_address_id=address)


def _alias(prop: Element) -> str:
    """The namespace of a property by the module its element is of."""
    words = (etree.QName(prop).namespace or "").split("/")
    return next((alias for alias, module in NAMESPACES.items() if module in words), "core")
