"""Publications that wait for a second person, where city.toml asks for two.

`[publish] two_person = true`: `cimtwin publish` proposes, another person approves.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, Connection, String, Table, Text, insert, select, update

from cim_bridge.citytoml import CityConfig
from cim_bridge.errors import InputRefused, TwinError
from cim_bridge.issues import IssueLog
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.settingtable import Table as SettingTable
from twin_server.store import Publication, Store
from twin_server.tables import metadata

proposal = Table(
    "proposal",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("model", String(32), nullable=False),
    Column("results", String(32), nullable=False),
    Column("created", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("bindings", Text, nullable=False, default="[]"),
    Column("state", String(16), nullable=False),
    Column("decided", String(32), nullable=False, default=""),
    Column("decider", String(128), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("publication", String(16), nullable=False, default=""),
)
"""Proposed publications; state: open, approved, rejected, or replaced by a newer proposal."""


class ProposalRefused(TwinError):
    """A decision on a proposal that may not be made; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


@dataclass(frozen=True)
class Proposal:
    """A model and results that someone proposes to publish."""

    id: str
    model: str
    results: str
    created: str
    actor: str
    note: str = ""
    state: str = "open"
    decided: str = ""
    decider: str = ""
    reason: str = ""
    publication: str = ""
    bindings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return every field."""
        return {**asdict(self), "bindings": list(self.bindings)}


def two_person(config: CityConfig) -> bool:
    """Whether a publication needs a second person."""
    try:
        table = SettingTable(config.raw, "publish")
        found = table.flag("two_person")
        table.nothing_else()
    except (TypeError, ValueError) as exc:
        log = IssueLog()
        log.add("CITY_CONFIG_INVALID", file="city.toml", reason=str(exc))
        raise InputRefused(log) from exc
    return found


class Proposals:
    """Reads and decisions of the proposals of one city."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Proposal]:
        """Every proposal, newest first."""
        query = select(proposal).order_by(proposal.c.created.desc(), proposal.c.id)
        with reading(self._store.engine) as connection:
            return [_read(row._asdict()) for row in connection.execute(query)]

    def propose(
        self,
        model: str,
        results: str,
        *,
        actor: str,
        note: str = "",
        bindings: tuple[str, ...] = (),
    ) -> tuple[Proposal | Publication, bool]:
        """Propose (model, results, bindings); what there is and whether it is new.

        What is current already, or proposed already, is not proposed again; another open proposal
        is replaced.
        """
        now = self._store.current()
        wanted = (model, results, bindings)
        if now is not None and (now.model, now.results, now.bindings) == wanted:
            return now, False
        with writing(self._store.engine) as connection:
            waits = select(proposal).where(proposal.c.state == "open")
            for row in connection.execute(waits):
                item = _read(row._asdict())
                if (item.model, item.results, item.bindings) == wanted:
                    return item, False
            made = Proposal(
                secrets.token_hex(8), model, results, audit_log.now(), actor, note,
                bindings=bindings,
            )  # fmt: skip
            replaced = update(proposal).where(proposal.c.state == "open").values(state="replaced")
            connection.execute(replaced)
            connection.execute(insert(proposal).values(**_row(made)))
            told = {"id": made.id, "model": model, "results": results, "note": note}
            audit_log.append(connection, "publish.propose", told, actor)
        return made, True

    def find(self, name: str) -> Proposal:
        """An open proposal by its id; ProposalRefused when there is none."""
        with reading(self._store.engine) as connection:
            return _open(connection, name)

    def approve(self, name: str, *, actor: str, reason: str = "") -> Publication:
        """Make a proposal the current publication, by another hand than proposed it.

        Who calls has proven the files. One transaction: the publication, the decision, both in the
        audit.
        """
        with writing(self._store.engine) as connection:
            found = _open(connection, name)
            if _person(found.actor) == _person(actor):
                raise ProposalRefused("SAME_PERSON", f"{actor} proposed it: another one approves")
            made = self._store.publish_within(
                connection, found.model, found.results, actor=found.actor, note=found.note,
                bindings=found.bindings, more={"proposal": found.id, "approved_by": actor},
            )  # fmt: skip
            _decide(connection, found, "approved", actor, reason, made.id)
        return made

    def reject(self, name: str, *, actor: str, reason: str) -> Proposal:
        """Turn a proposal down, with a reason; whoever proposed it may take it back so."""
        if not reason.strip():
            raise ProposalRefused("NOTE_MISSING", "say why it is rejected")
        with writing(self._store.engine) as connection:
            found = _open(connection, name)
            return _decide(connection, found, "rejected", actor, reason, "")


def _open(connection: Connection, name: str) -> Proposal:
    row = connection.execute(select(proposal).where(proposal.c.id == name)).first()
    if row is None:
        raise ProposalRefused("UNKNOWN_PROPOSAL", f"no proposal {name!r}")
    if row.state != "open":
        raise ProposalRefused("ACTION_NOT_POSSIBLE", f"the proposal is {row.state} already")
    return _read(row._asdict())


def _row(made: Proposal) -> dict[str, Any]:
    return {**asdict(made), "bindings": json.dumps(made.bindings)}


def _read(row: dict[str, Any]) -> Proposal:
    return Proposal(**{**row, "bindings": tuple(json.loads(row["bindings"]))})


def _decide(
    connection: Connection, found: Proposal, state: str, actor: str, reason: str, made: str
) -> Proposal:
    row = {
        "state": state, "decided": audit_log.now(), "decider": actor, "reason": reason,
        "publication": made,
    }  # fmt: skip
    connection.execute(update(proposal).where(proposal.c.id == found.id).values(**row))
    told = {"id": found.id, "proposed_by": found.actor, "reason": reason, "publication": made}
    word = {"approved": "publish.approve", "rejected": "publish.reject"}[state]
    audit_log.append(connection, word, told, actor)
    return Proposal(**{**asdict(found), **row})


def _person(actor: str) -> str:
    """The same person at the terminal and on the page is one person."""
    return actor.removeprefix("local:").casefold()
