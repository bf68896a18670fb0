"""The tables of 3DCityDB v5 that are read, with the columns that are read of them.

Names and types follow its `schema.sql`, https://github.com/3dcitydb/3dcitydb (Apache-2.0).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    case,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import NullType

NAMES = (
    "feature", "property", "geometry_data", "implicit_geometry", "objectclass", "namespace",
    "datatype", "address", "codelist", "codelist_entry", "database_srs",
)  # fmt: skip
"""Tables without which a schema is no 3DCityDB v5, and which must be readable."""

_BIG = ("id", "feature_id", "parent_id", "relative_geometry_id", "codelist_id")
_TYPES: dict[str, Any] = {
    **dict.fromkeys(_BIG, BigInteger), "objectclass_id": Integer, "datatype_id": Integer,
    "namespace_id": Integer, "superclass_id": Integer, "srid": Integer, "is_toplevel": Numeric,
    "val_int": BigInteger, "val_double": Double, "val_timestamp": DateTime(timezone=True),
    "val_array": JSON, "val_geometry_id": BigInteger, "val_implicitgeom_id": BigInteger,
    "val_implicitgeom_refpoint": NullType, "val_address_id": BigInteger,
    "val_appearance_id": BigInteger, "val_feature_id": BigInteger, "val_relation_type": Integer,
    "geometry": NullType, "implicit_geometry": NullType, "geometry_properties": JSON,
    "termination_date": DateTime(timezone=True), "valid_from": DateTime(timezone=True),
    "valid_to": DateTime(timezone=True), "free_text": JSON,
}  # fmt: skip
_COLUMNS: dict[str, str] = {
    "feature": "id objectclass_id objectid identifier lineage termination_date valid_from valid_to",
    "property": "id feature_id parent_id datatype_id namespace_id name val_int val_double "
    "val_string val_timestamp val_uri val_codespace val_uom val_array val_lod val_geometry_id "
    "val_implicitgeom_id val_implicitgeom_refpoint val_appearance_id val_address_id "
    "val_feature_id val_relation_type val_content",
    "geometry_data": "id geometry implicit_geometry geometry_properties",
    "implicit_geometry": "id relative_geometry_id",
    "objectclass": "id classname is_toplevel namespace_id",
    "namespace": "id alias namespace",
    "datatype": "id typename",
    "address": "id street house_number po_box zip_code city state country free_text content",
    "codelist": "id url",
    "codelist_entry": "codelist_id code definition",
    "database_srs": "srid srs_name",
}


class Tables:
    """The tables of one schema, by name."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._metadata = MetaData(schema=schema)
        self._all = {name: self._table(name) for name in NAMES}

    def __getitem__(self, name: str) -> Table:
        return self._all[name]

    def columns(self, table: str, *names: str) -> list[Column[Any]]:
        """Some columns of a table, in the order of their naming."""
        return [self._all[table].c[name] for name in names]

    def _table(self, name: str) -> Table:
        columns = [Column(word, _TYPES.get(word, Text)) for word in _COLUMNS[name].split()]
        return Table(name, self._metadata, *columns)


def wkb(geometry: ColumnElement[Any]) -> ColumnElement[bytes | None]:
    """A geometry as little-endian WKB of kinds that GEOS reads.

    GEOS knows no polyhedral surface, but its WKB is a multi-polygon's but for the number of the
    kind (1015, not 1006: only the lowest byte differs). Triangles and nested collections are taken
    apart and gathered again in their order.
    """
    kind = func.GeometryType(geometry, type_=Text)
    plain = func.ST_AsBinary(geometry, "NDR", type_=LargeBinary)
    return case(
        (kind == "POLYHEDRALSURFACE", func.set_byte(plain, 1, 1006 % 256, type_=LargeBinary)),
        (kind.in_(("TIN", "TRIANGLE", "GEOMETRYCOLLECTION")), _gathered(geometry)),
        else_=plain,
    )


def _gathered(geometry: ColumnElement[Any]) -> ColumnElement[bytes | None]:
    dumped = func.ST_Dump(geometry).table_valued("path", "geom", name="part")
    one = case(
        (
            func.GeometryType(dumped.c.geom, type_=Text) == "TRIANGLE",
            func.ST_MakePolygon(func.ST_ExteriorRing(dumped.c.geom)),
        ),
        else_=dumped.c.geom,
    )
    every = func.ST_Collect(aggregate_order_by(one, dumped.c.path))
    found: ColumnElement[bytes | None] = select(
        func.ST_AsBinary(every, "NDR", type_=LargeBinary)
    ).select_from(dumped).scalar_subquery()  # fmt: skip
    return found
