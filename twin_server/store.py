"""Decisions of a city: publications, live states, audit; every change in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from twin_server import audit as audit_log
from twin_server.database import open_database, reading, writing
from twin_server.settings import Settings, read_settings
from twin_server.tables import audit, problem_state, project_state, publication


@dataclass(frozen=True)
class Publication:
    """One published state of a city: which model and which results belong together."""

    id: str
    seq: int
    model: str
    results: str
    created: str
    actor: str
    current: bool
    note: str = ""
    bindings: tuple[str, ...] = ()
    """Digests of the bound tilesets it shows."""

    def to_json(self) -> dict[str, Any]:
        """Return every field."""
        return {**asdict(self), "bindings": list(self.bindings)}


class Store:
    """Reads and writes of the decisions of one city."""

    def __init__(self, engine: Engine, city: str = "DIR") -> None:
        self.engine = engine
        self._city = city

    def current(self) -> Publication | None:
        """The publication readers see, or None before the first."""
        with reading(self.engine) as connection:
            row = connection.execute(select(publication).where(publication.c.current)).first()
        return _publication(row._mapping) if row else None

    def publications(self) -> list[Publication]:
        """Every publication, newest first."""
        query = select(publication).order_by(publication.c.seq.desc())
        with reading(self.engine) as connection:
            return [_publication(row._mapping) for row in connection.execute(query)]

    def publish(
        self,
        model: str,
        results: str,
        *,
        actor: str,
        note: str = "",
        bindings: tuple[str, ...] = (),
    ) -> tuple[Publication, bool]:
        """Make (model, results, bindings) the current publication; (it, whether it is new).

        Publishing what is current already changes nothing.
        """
        same = (model, results, bindings)
        with writing(self.engine) as connection:
            row = connection.execute(select(publication).where(publication.c.current)).first()
            now = _publication(row._mapping) if row else None
            if now is not None and (now.model, now.results, now.bindings) == same:
                return now, False
            made = self.publish_within(
                connection, model, results, actor=actor, note=note, bindings=bindings
            )
        return made, True

    def publish_within(
        self, connection: Connection, model: str, results: str, *, actor: str, note: str = "",
        bindings: tuple[str, ...] = (), more: Mapping[str, str] = MappingProxyType({}),
    ) -> Publication:  # fmt: skip
        """Publish inside a transaction that does more; `more` is told in the audit."""
        seq = (connection.execute(select(func.max(publication.c.seq))).scalar() or 0) + 1
        made = Publication(
            id=hashlib.sha256(f"{seq}:{model}:{results}".encode()).hexdigest()[:16],
            seq=seq,
            model=model,
            results=results,
            created=audit_log.now(),
            actor=actor,
            current=True,
            note=note,
            bindings=bindings,
        )
        connection.execute(update(publication).values(current=False))
        connection.execute(insert(publication).values(**_row(made)))
        payload: dict[str, Any] = {
            "id": made.id,
            "seq": seq,
            "model": model,
            "results": results,
            **more,
        }
        if bindings:
            payload["bindings"] = list(bindings)
        audit_log.append(connection, "publish", payload, actor)
        return made

    def target(self, to: str | None) -> Publication:
        """The publication a rollback leads to: `to`, or the one before the current."""
        every = self.publications()
        log = IssueLog()
        if to is not None:
            found = [item for item in every if to in (item.id, str(item.seq))]
            if not found:
                log.add("PUBLICATION_NOT_FOUND", id=to, city=self._city)
        else:
            now = next((item.seq for item in every if item.current), 0)
            found = [item for item in every if item.seq < now]
            if not found:
                log.add("NOTHING_TO_ROLL_BACK", city=self._city)
        log.raise_if_errors()
        return found[0]

    def point_to(self, chosen: Publication, *, actor: str, reason: str = "") -> None:
        """Move the current pointer; nothing is deleted and the move itself is audited."""
        with writing(self.engine) as connection:
            connection.execute(update(publication).values(current=False))
            where = publication.c.id == chosen.id
            connection.execute(update(publication).where(where).values(current=True))
            payload: dict[str, Any] = {"id": chosen.id, "seq": chosen.seq}
            if reason:
                payload["reason"] = reason
            audit_log.append(connection, "rollback", payload, actor)

    def record(self, action: str, payload: dict[str, Any], *, actor: str) -> None:
        """Write an audit entry of work that changed files but no table."""
        with writing(self.engine) as connection:
            audit_log.append(connection, action, payload, actor)

    def problem_states(self) -> dict[str, str]:
        """Live state of every problem that a person has touched."""
        query = select(problem_state.c.problem_id, problem_state.c.state)
        with reading(self.engine) as connection:
            return {row.problem_id: row.state for row in connection.execute(query)}

    def project_states(self) -> dict[str, str]:
        """Live state of every project that a person has touched."""
        query = select(project_state.c.project_id, project_state.c.state)
        with reading(self.engine) as connection:
            return {row.project_id: row.state for row in connection.execute(query)}

    def audit_page(self, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """(entries newest first, how many there are)."""
        query = select(audit).order_by(audit.c.seq.desc()).limit(limit).offset(offset)
        with reading(self.engine) as connection:
            total = connection.execute(select(func.count()).select_from(audit)).scalar() or 0
            rows = [_strings(row._mapping) for row in connection.execute(query)]
        return rows, total

    def verify_audit(self) -> int:
        """Walk the hash chain; the number of entries, or InputRefused with AUDIT_BROKEN."""
        with reading(self.engine) as connection:
            count, log = audit_log.verify_chain(connection)
        if log.errors:
            raise InputRefused(log)
        return count

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_store(folder: CityFolder, settings: Settings | None = None) -> Store:
    """Open the decisions of a city."""
    chosen = settings or read_settings()
    return Store(open_database(chosen.database_url, folder.database), str(folder.path))


def _strings(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _row(made: Publication) -> dict[str, Any]:
    return {**asdict(made), "bindings": json.dumps(made.bindings)}


def _publication(row: Mapping[Any, Any]) -> Publication:
    fields = _strings(row)
    fields["bindings"] = tuple(json.loads(fields.get("bindings") or "[]"))
    return Publication(**fields)
