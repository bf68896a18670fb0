"""The questions put to the database: roots in order, and all that belongs to a page of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Row,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.sql.elements import ColumnElement

from cim_bridge.readers.remote.citydb.tables import Tables, wkb

CONTAINS = 1
"""`val_relation_type` of a feature that is part of the one that names it; 0 only relates them."""

BATCH = 5000
"""Rows that come with one answer of a server-side cursor."""

_OWN = ("objectclass_id", "objectid", "identifier", "lineage", "valid_from", "valid_to")
_USES = (
    "feature_id", "name", "namespace_id", "val_lod", "val_geometry_id", "val_implicitgeom_id",
)  # fmt: skip
_VALUES = (
    "id", "feature_id", "parent_id", "datatype_id", "namespace_id", "name", "val_int",
    "val_double", "val_string", "val_timestamp", "val_uri", "val_codespace", "val_uom",
    "val_array", "val_content",
)  # fmt: skip
_ADDRESS = (
    "street", "house_number", "po_box", "zip_code", "city", "state", "country", "free_text",
    "content",
)  # fmt: skip

Rows = Sequence[Row[Any]]


class Questions:
    """Statements over the tables of one schema; every one sees the snapshot of its connection."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables
        self._page = bindparam("page", type_=ARRAY(BigInteger))

    def roots(self) -> Generator[tuple[int, int]]:
        """(id, class) of every living feature that is not inside another one, by id, streamed.

        Top-level classes are features of their own even where a group holds them.
        """
        feature, kind = self._tables["feature"], self._tables["objectclass"]
        holder, held = feature.alias("holder"), self._tables["property"]
        inside = exists(
            select(literal(1))
            .select_from(held.join(holder, holder.c.id == held.c.feature_id))
            .where(
                held.c.val_feature_id == feature.c.id,
                held.c.val_relation_type == CONTAINS,
                holder.c.termination_date.is_(None),
            )
        )
        statement = (
            select(feature.c.id, feature.c.objectclass_id)
            .join_from(feature, kind, kind.c.id == feature.c.objectclass_id)
            .where(feature.c.termination_date.is_(None), or_(kind.c.is_toplevel == 1, ~inside))
            .order_by(feature.c.id)
        )
        with self._connection.execute(statement.execution_options(yield_per=BATCH)) as found:
            for row in found:
                yield row.id, row.objectclass_id

    def tree(self, roots: list[int]) -> Rows:
        """Every living feature of some roots, parents first: root, above, id, class, and its own
        columns; in the order in which the properties name them."""
        feature, held = self._tables["feature"], self._tables["property"]
        kind = self._tables["objectclass"]
        base = select(
            func.unnest(self._page).label("root"),
            cast(null(), BigInteger).label("above"),
            func.unnest(self._page).label("id"),
            cast(null(), BigInteger).label("place"),
        )
        tree = base.cte("tree", recursive=True)
        below = (
            select(tree.c.root, tree.c.id, held.c.val_feature_id, held.c.id)
            .join(held, and_(held.c.feature_id == tree.c.id, held.c.val_relation_type == CONTAINS))
            .join(feature, feature.c.id == held.c.val_feature_id)
            .join(kind, kind.c.id == feature.c.objectclass_id)
            .where(
                feature.c.termination_date.is_(None),
                or_(kind.c.is_toplevel.is_(None), kind.c.is_toplevel != 1),
            )
        )
        whole = tree.union(below)
        statement = (
            select(whole.c.root, whole.c.above, whole.c.id, *self._tables.columns("feature", *_OWN))
            .join_from(whole, feature, feature.c.id == whole.c.id)
            .order_by(whole.c.root, whole.c.place.nulls_first(), whole.c.id)
        )
        return self._all(statement, roots)

    def geometry_properties(self, features: list[int]) -> Rows:
        """Which geometries, own or placed prototypes, features have; in the order of their ids."""
        held, placed = self._tables["property"], self._tables["implicit_geometry"]
        statement = (
            select(
                *self._tables.columns("property", *_USES),
                placed.c.relative_geometry_id.label("template"),
                held.c.val_array.label("matrix"),
                wkb(held.c.val_implicitgeom_refpoint).label("anchor"),
            )
            .join_from(
                held, placed, placed.c.id == held.c.val_implicitgeom_id, isouter=True
            )
            .where(
                held.c.feature_id == any_(self._page),
                or_(held.c.val_geometry_id.is_not(None), held.c.val_implicitgeom_id.is_not(None)),
            )
            .order_by(held.c.id)
        )  # fmt: skip
        return self._all(statement, features)

    def attributes(self, features: list[int]) -> Rows:
        """Every property that holds a value or an address, with its parent's id; by feature."""
        held, address = self._tables["property"], self._tables["address"]
        statement = (
            select(*self._tables.columns("property", *_VALUES), address.c.id.label("address"))
            .add_columns(*(address.c[name].label(f"address_{name}") for name in _ADDRESS))
            .join_from(held, address, address.c.id == held.c.val_address_id, isouter=True)
            .where(
                held.c.feature_id == any_(self._page),
                *(held.c[f"val_{what}_id"].is_(None) for what in (
                    "feature", "geometry", "implicitgeom", "appearance")),
            )
            .order_by(held.c.feature_id, held.c.id)
        )  # fmt: skip
        return self._all(statement, features)

    def geometries(self, ids: list[int], named: list[int]) -> Rows:
        """Geometries as WKB, each with `is2D`; `named` ones also with the ids of their faces."""
        table = self._tables["geometry_data"]
        own, template = table.c.geometry, table.c.implicit_geometry
        told = table.c.geometry_properties
        wanted = table.c.id == any_(bindparam("named", type_=ARRAY(BigInteger)))
        statement = (
            select(
                table.c.id,
                func.coalesce(wkb(own), wkb(template)).label("wkb"),
                func.coalesce(told.op("->>")("is2D") == "true", false()).label("flat"),
                case((wanted, cast(told, Text)), else_=null()).label("told"),
            )
            .where(table.c.id == any_(self._page))
            .order_by(table.c.id)
        )
        return self._all(statement, ids, named=named)

    def meanings(self) -> dict[str, dict[str, str]]:
        """Code lists of the database: code space → code → what it means."""
        lists, entries = self._tables["codelist"], self._tables["codelist_entry"]
        statement = select(lists.c.url, entries.c.code, entries.c.definition).join_from(
            entries, lists, lists.c.id == entries.c.codelist_id
        )
        found: dict[str, dict[str, str]] = {}
        for row in self._connection.execute(statement):
            if row.url and row.code and row.definition:
                found.setdefault(row.url, {}).setdefault(row.code, row.definition)
        return found

    def _all(self, statement: Any, page: list[int], **more: ColumnElement[Any] | list[int]) -> Rows:
        return self._connection.execute(statement, {"page": page, **more}).all()
