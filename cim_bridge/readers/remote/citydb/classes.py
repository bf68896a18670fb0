"""The object classes of a database and what each means to us; the same as in a CityGML document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from cim_bridge.citygml.names import CITYGML, PARTS, THEMATIC, Name, name_of, type_of
from cim_bridge.geometry.faces import I64
from cim_bridge.mesh import UNKNOWN
from cim_bridge.readers.remote.citydb.tables import Tables

STANDARD = "http://3dcitydb.org/3dcitydb/"
"""Namespaces of 3DCityDB's own, which stand for those of CityGML."""

HIDDEN, PART, SURFACE, RELIEF = range(4)
"""What a feature inside another one is: not shown, its part, a surface of it, its terrain."""


@dataclass(frozen=True)
class Classes:
    """All classes, one row each. id: sorted numbers. name: as an element name would be.

    top: 1 where it always is a feature of its own. kind and surface: what it is inside another
    feature, and the code of its triangles. type: as a feature of its own, "" to pass over.
    """

    id: I64
    name: list[Name]
    top: npt.NDArray[np.bool_]
    kind: I64
    surface: I64
    type: npt.NDArray[Any]

    def rows(self, ids: I64) -> I64:
        """Row of each class number; every feature has a class, for the database sees to it."""
        return np.searchsorted(self.id, ids)


@dataclass(frozen=True)
class Names:
    """Namespaces by number as (alias, URI), and data types by number."""

    spaces: dict[int, tuple[str, str]]
    types: dict[int, str]

    def name(self, space: int | None, local: str) -> Name:
        """A name as an element of a document would have it."""
        return name_in(self.spaces.get(space or 0, ("", ""))[1], local)

    def prefix(self, space: str) -> str | None:
        """The alias of an extension's namespace."""
        return next((alias for alias, uri in self.spaces.values() if uri == space), None)


def name_in(space: str, local: str) -> Name:
    """A name; 3DCityDB's namespaces become CityGML's."""
    own = f"{CITYGML}/{space.removeprefix(STANDARD)}" if space.startswith(STANDARD) else space
    return name_of(f"{{{own}}}{local}")


def read_names(connection: Connection, tables: Tables) -> Names:
    """Namespaces and data types of the database."""
    spaces = connection.execute(select(*tables.columns("namespace", "id", "alias", "namespace")))
    types = connection.execute(select(*tables.columns("datatype", "id", "typename")))
    return Names(
        {row.id: (row.alias or "", row.namespace or "") for row in spaces},
        {row.id: row.typename or "" for row in types},
    )


def read_classes(connection: Connection, tables: Tables, names: Names) -> Classes:
    """Every class of the database, those of extensions included."""
    columns = tables.columns("objectclass", "id", "classname", "is_toplevel", "namespace_id")
    rows = connection.execute(select(*columns).order_by(columns[0])).all()
    named = [names.name(row.namespace_id, row.classname or "") for row in rows]
    return Classes(
        np.array([row.id for row in rows], np.int64),
        named,
        np.array([row.is_toplevel == 1 for row in rows], bool),
        np.array([_kind(name.local) for name in named], np.int64),
        np.array([THEMATIC.get(name.local, UNKNOWN) for name in named], np.int64),
        np.array([type_of(name) or "" for name in named], dtype=object),
    )


def _kind(local: str) -> int:
    if local in THEMATIC:
        return SURFACE
    if local in PARTS:
        return PART
    return RELIEF if local == "TINRelief" else HIDDEN
