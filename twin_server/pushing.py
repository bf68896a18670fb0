"""Units with results as tables of a PostGIS database, so that the city's own GIS reads them.

One table a level, whole or not at all: readers see the old tables until the new ones are proven.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.issues import IssueLog
from twin_server.database import address_of
from twin_server.export import Wanted, level_tables
from twin_server.twin import Twin

_SCHEMA = re.compile(r"^[a-z_][a-z0-9_]{0,40}$")
_AT_ONCE = 20_000
_NULL = "\\N"
_TYPES = {"b": "boolean", "i": "bigint", "u": "bigint", "f": "double precision"}


def push_city(twin: Twin, url: str, schema: str, wanted: Wanted) -> dict[str, int]:
    """Write every level's units as `schema`.`level`; rows of each table.

    Columns: who a unit is, `<code>`, `<code>_state`, `<code>_period`, `geom` in the model's CRS and
    `geom_4326` (longitude first); both indexed. A missing value is NULL and its state says why.
    InputRefused PUSH_FAILED when the database does not take them, or gives back something else.
    """
    if not _SCHEMA.match(schema):
        raise WrongUse(
            "模式名只用小写字母、数字和 _ / a schema's name has small letters, digits and _"
        )
    address = address_of(url, twin.folder.database)
    if address.get_backend_name() != "postgresql":
        raise WrongUse(
            "请给出 PostgreSQL 数据库的地址 / "
            "give the address of a PostgreSQL database: postgresql://user@host/name"
        )
    system = twin.system(wanted.system)
    tables = level_tables(twin, wanted.level, twin.year(wanted.year), system.id)
    told = _told(twin, system.id, wanted)
    engine = create_engine(address)
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            for level, table in tables.items():
                frame = _frame(table)
                name = f"{schema}.{level}"
                _write(connection, name, frame, _srid(table))
                _index(connection, schema, level)
                _comment(connection, name, told, _names(twin, system.id, frame))
                _prove(connection, name, frame)
    except SQLAlchemyError as exc:
        raise _refused(address.host or "", str(getattr(exc, "orig", exc)).split("\n")[0]) from exc
    finally:
        engine.dispose()
    return {level: len(table) for level, table in tables.items()}


def _frame(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """The columns as they are written; geometries as EWKB without a SRID, in hexadecimal."""
    plain = pd.DataFrame(table.drop(columns="geometry")).reset_index(drop=True)
    shapes = {"geom": table.geometry, "geom_4326": table.geometry.to_crs(4326)}
    for name, found in shapes.items():
        plain[name] = shapely.to_wkb(found.to_numpy(), hex=True)
    return plain


def _srid(table: gpd.GeoDataFrame) -> int:
    """EPSG code of the model's CRS; 0 (unknown to PostGIS) for a local grid without one."""
    return (table.crs.to_epsg() if table.crs is not None else None) or 0


def _write(connection: Connection, name: str, frame: pd.DataFrame, srid: int) -> None:
    columns = [f"{_quoted(column)} {kind}" for column, kind in _kinds(frame, srid)]
    connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    connection.exec_driver_sql(f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY (id))")
    listed = ", ".join(_quoted(column) for column in frame.columns)
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {name} ({listed}) FROM STDIN (FORMAT csv, NULL '{_NULL}')") as copy,
    ):
        for part in _csv(frame):
            copy.write(part)
    for column, of in (("geom", srid), ("geom_4326", 4326)):
        connection.execute(text(
            f"ALTER TABLE {name} ALTER COLUMN {column} TYPE geometry(Geometry, {of})"
            f" USING ST_SetSRID({column}, {of})"
        ))  # fmt: skip


def _csv(frame: pd.DataFrame) -> Iterator[str]:
    for start in range(0, len(frame), _AT_ONCE):
        out = io.StringIO()
        part = frame.iloc[start : start + _AT_ONCE]
        part.to_csv(out, header=False, index=False, na_rep=_NULL)
        yield out.getvalue()


def _kinds(frame: pd.DataFrame, _srid: int) -> list[tuple[str, str]]:
    found = []
    for column in frame.columns:
        kind = _TYPES.get(getattr(frame[column].dtype, "kind", "O"), "text")
        found.append((column, "geometry" if column in ("geom", "geom_4326") else kind))
    return found


def _index(connection: Connection, schema: str, level: str) -> None:
    for column in ("geom", "geom_4326"):
        connection.execute(text(
            f"CREATE INDEX {level}_{column}_gist ON {schema}.{level} USING gist ({column})"
        ))  # fmt: skip


def _comment(connection: Connection, name: str, told: str, columns: dict[str, str]) -> None:
    connection.exec_driver_sql(f"COMMENT ON TABLE {name} IS {_literal(told)}")
    for column, words in columns.items():
        place = f"{name}.{_quoted(column)}"
        connection.exec_driver_sql(f"COMMENT ON COLUMN {place} IS {_literal(words)}")


def _told(twin: Twin, system: str, wanted: Wanted) -> str:
    made = twin.publication
    parts = [
        f"CIM Twin {twin.folder.config.name['zh']} / {twin.folder.config.name['en']}",
        f"publication {made.id} (no. {made.seq}, {made.created})" if made else "not published",
        f"model {twin.model.digest}" if twin.model else "",
        f"year {twin.year(wanted.year)}, system {system}",
        "虚构数据 / synthetic data" if twin.folder.config.synthetic else "",
    ]
    return "; ".join(part for part in parts if part)


def _names(twin: Twin, system: str, frame: pd.DataFrame) -> dict[str, str]:
    """What the columns of indicators are, in both languages, with the unit of measure."""
    known = twin.systems[system].indicators
    return {
        code: f"{known[code].name['zh']} / {known[code].name['en']} ({known[code].unit})"
        for code in frame.columns
        if code in known
    }


def _prove(connection: Connection, name: str, frame: pd.DataFrame) -> None:
    """Read every cell back; InputRefused when one is not what was written."""
    listed = ", ".join(
        f"encode(ST_AsBinary({column}), 'hex') AS {column}"
        if column in ("geom", "geom_4326")
        else _quoted(column)
        for column in frame.columns
    )
    found = pd.read_sql(text(f"SELECT {listed} FROM {name}"), connection)  # noqa: S608 - our names
    found = found.set_index("id").reindex(frame["id"])
    for column in frame.columns.drop("id"):
        given, back = frame[column].to_numpy(object), found[column].to_numpy(object)
        if column in ("geom", "geom_4326"):
            back = np.array([str(one).upper() for one in back], object)
        same = (given == back) | (pd.isna(given) & pd.isna(back))
        if len(found) != len(frame) or not bool(np.all(same)):
            raise _refused(name, f"{column} is not read back as it was written")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''").replace("%", "%%") + "'"


def _refused(where: str, reason: str) -> InputRefused:
    log = IssueLog()
    log.add("PUSH_FAILED", id=where, reason=reason)
    return InputRefused(log)
