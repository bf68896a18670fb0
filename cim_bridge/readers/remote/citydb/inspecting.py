"""What a database holds before it is read: schema, version, rights, counts, reference system."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from cim_bridge.citygml.srs import read_srs, same_place
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.citydb.address import Address
from cim_bridge.readers.remote.citydb.snapshot import Stopped
from cim_bridge.readers.remote.citydb.tables import NAMES, Tables

MAJOR = 5
DEFAULT = "citydb"

_SCHEMAS = text(
    "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname IN (:one, :other) GROUP BY n.nspname HAVING count(*) = 2 ORDER BY n.nspname"
)
_RIGHTS = text(
    "SELECT c.relname, has_schema_privilege(n.oid, 'USAGE') AND "
    "has_table_privilege(c.oid, 'SELECT') FROM pg_class c JOIN pg_namespace n "
    "ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = ANY(:names)"
)
_FUNCTION = text(
    "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE "
    "n.nspname = 'citydb_pkg' AND p.proname = 'citydb_version' AND p.pronargs = 0 AND "
    "has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')"
)
_VERSION = text("SELECT version, major_version FROM citydb_pkg.citydb_version()")
_SYSTEM = text("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = :srid")


@dataclass(frozen=True)
class Contents:
    """A schema fit to be read. srs: name of its reference system, "" when it has none.

    expected: features that have not been terminated, of every class.
    """

    tables: Tables
    srs: str
    expected: int


def inspect(connection: Connection, address: Address, log: IssueLog) -> Contents:
    """Look the database over; raises Stopped, with the Issue in the log, when it is unfit."""
    schema = _schema(connection, address, log)
    _version(connection, address, log)
    _rights(connection, schema, address, log)
    tables = Tables(schema)
    feature = tables["feature"]
    terminated = func.count(feature.c.termination_date)
    every, gone = connection.execute(select(func.count(), terminated).select_from(feature)).one()
    if gone:
        log.add("CITYDB_TERMINATED", file=address.label, layer=schema, count=gone)
    if every == gone:
        _stop(log, "CITYDB_EMPTY", address, schema=schema)
    return Contents(tables, _srs(connection, tables, address, log), every - gone)


def _stop(log: IssueLog, code: str, address: Address, **params: object) -> None:
    log.add(code, file=address.label, **params)  # type: ignore[arg-type]
    raise Stopped


def _schema(connection: Connection, address: Address, log: IssueLog) -> str:
    """The schema that was asked for, else `citydb`, else the only one there is."""
    pair = {"one": "feature", "other": "geometry_data"}
    found = [str(name) for name in connection.scalars(_SCHEMAS, pair)]
    wanted = address.schema or (DEFAULT if DEFAULT in found else None)
    if wanted in found:
        return str(wanted)
    if wanted is None and len(found) == 1:
        return found[0]
    if not found:
        older = {"one": "cityobject", "other": "surface_geometry"}
        if connection.scalars(_SCHEMAS, older).first() is not None:
            _stop(log, "CITYDB_VERSION", address, version="4", wanted=MAJOR)
    _stop(log, "CITYDB_SCHEMA", address, schema=wanted or "?", known=", ".join(found) or "—")
    raise Stopped


def _version(connection: Connection, address: Address, log: IssueLog) -> None:
    """Refuse another major version; a database without the function is judged by its tables."""
    if not connection.scalar(_FUNCTION):
        return
    version, major = connection.execute(_VERSION).one()
    if int(major) != MAJOR:
        _stop(log, "CITYDB_VERSION", address, version=version, wanted=MAJOR)


def _rights(connection: Connection, schema: str, address: Address, log: IssueLog) -> None:
    rows = connection.execute(_RIGHTS, {"schema": schema, "names": list(NAMES)})
    found = {str(name): bool(allowed) for name, allowed in rows}
    missing = [f"{schema}.{name}" for name in NAMES if name not in found]
    if missing:
        _stop(log, "CITYDB_TABLES", address, tables=", ".join(missing))
    closed = [f"{schema}.{name}" for name in NAMES if not found[name]]
    if closed:
        _stop(log, "CITYDB_PERMISSION", address, tables=", ".join(closed))


def _srs(connection: Connection, tables: Tables, address: Address, log: IssueLog) -> str:
    """Name of the system the coordinates are in.

    The geometries' own SRID is the truth; the name in `database_srs` is taken where it means the
    same place, for it tells the heights' system too.
    """
    declared = connection.execute(
        select(*tables.columns("database_srs", "srid", "srs_name"))
    ).first()
    column = tables["geometry_data"].c.geometry
    used = connection.scalar(
        select(func.ST_SRID(column)).where(column.is_not(None), func.ST_SRID(column) != 0).limit(1)
    )
    srid, name = (declared.srid, declared.srs_name or "") if declared else (None, "")
    system = _system(connection, int(used or srid or 0))
    named = read_srs(name).crs if name else None
    if used and srid and used != srid:
        log.add("CITYDB_SRID", file=address.label, declared=srid, used=used, crs=system or used)
        return system
    own = read_srs(system).crs if system else None
    return name if named and (own is None or same_place(named, own)) else system or name


def _system(connection: Connection, srid: int) -> str:
    """An SRID as `AUTHORITY:code`, else as WKT, "" when PostGIS does not know it."""
    row = connection.execute(_SYSTEM, {"srid": srid}).first()
    if row is None:
        return ""
    return f"{row.auth_name}:{row.auth_srid}" if row.auth_name else str(row.srtext)
