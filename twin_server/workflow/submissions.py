"""District self-reports 自体检填报: handed in, checked, returned or approved, then taken."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from sqlalchemy import Engine

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from indicator_overlays.delivery import Delivery
from indicator_overlays.load import checked_values, load
from indicator_overlays.mapping import Mapping
from indicator_overlays.unit_table import UnitTable
from twin_server.workflow.desk import ActionRefused, Desk, Item, Step
from twin_server.writing import one_writer

KIND = "submission"
MOST_BYTES = 20 * 2**20
"""Size of one file that is handed in."""

_NAME = re.compile(r"^[^/\\\0\x01-\x1f]{1,120}\.(csv|xlsx)$", re.I)


@dataclass(frozen=True)
class Handed:
    """What someone hands in: whose figures, of which category and year, in which file."""

    unit: str
    category: str
    year: int
    name: str
    body: bytes


class Submissions:
    """Submissions of one city; the file of each is kept by its hash and never served."""

    def __init__(self, folder: CityFolder, engine: Engine) -> None:
        self._folder = folder
        self._desk = Desk(engine)

    def create(self, handed: Handed, units: UnitTable, author: str) -> Item:
        """Keep a file as a draft and check it; findings stay with it, nothing is loaded."""
        if _NAME.match(handed.name) is None:
            raise ActionRefused("FILE_NAME", "hand in a .csv or .xlsx file with a plain name")
        if not 0 < len(handed.body) <= MOST_BYTES:
            raise ActionRefused("FILE_SIZE", f"hand in a file of 1 to {MOST_BYTES} bytes")
        digest = hashlib.sha256(handed.body).hexdigest()
        name = hashlib.sha256(
            f"{handed.unit}|{handed.category}|{handed.year}|{author}|{digest}".encode()
        ).hexdigest()[:16]
        self._keep(digest, handed.name, handed.body)
        fields = {
            "unit": handed.unit,
            "category": handed.category,
            "year": str(handed.year),
            "file": handed.name,
            "sha256": digest,
            "author": author,
        }
        rows, log = self.check(fields, units)
        fields |= {"rows": str(rows), "issues": orjson.dumps(log.to_json()).decode()}
        return self._desk.create(KIND, name, author, fields)

    def item(self, name: str) -> Item:
        """One submission; ActionRefused UNKNOWN_SUBMISSION when there is none."""
        found = self._desk.item(KIND, name)
        if found.version == 0:
            raise ActionRefused("UNKNOWN_SUBMISSION", f"no submission {name!r}")
        return found

    def items(self) -> list[Item]:
        """Every submission, the latest change first."""
        return self._desk.items(KIND)

    def check(self, fields: dict[str, str], units: UnitTable) -> tuple[int, IssueLog]:
        """Rows that would be taken and every finding; nothing is written."""
        delivery = self._delivery(fields)
        try:
            table = checked_values(delivery)
        except InputRefused as exc:
            return 0, exc.log
        _within(table, fields, units, delivery)
        return len(table), delivery.log

    def act(self, name: str, step: Step, units: UnitTable) -> Item:
        """Do one step; approving loads the file as a delivery of the district.

        A submission with errors can be neither submitted nor approved.
        """
        item = self.item(name)
        if step.action in ("submit", "approve"):
            _, log = self.check(item.fields, units)
            log.raise_if_errors()
        if step.action != "approve":
            return self._desk.act(KIND, name, step)
        allowed = self._desk.may(KIND, name, step)
        with one_writer(self._folder):
            report = load(
                self._folder,
                [self._path(item.fields)],
                source=_source(item.fields),
                year=int(item.fields["year"]),
                mapping=Mapping(source_kind="self_report"),
            )
        return self._desk.act(KIND, name, step, extra={"batch": report.digest}, seen=allowed)

    def _delivery(self, fields: dict[str, str]) -> Delivery:
        return Delivery(
            folder=self._folder,
            files=(self._path(fields),),
            source=_source(fields),
            year=int(fields["year"]),
            mapping=Mapping(source_kind="self_report"),
        )

    def _path(self, fields: dict[str, str]) -> Path:
        return self._folder.files / fields["sha256"] / fields["file"]

    def _keep(self, digest: str, name: str, body: bytes) -> None:
        path = self._folder.files / digest / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = path.with_name(path.name + ".part")
            part.write_bytes(body)
            part.replace(path)


def submission_json(item: Item) -> dict[str, Any]:
    """A submission as the API gives it."""
    from twin_server.workflow.machine import machines

    fields = item.fields
    return {
        "id": item.id,
        "state": item.state,
        "label": machines()[KIND].states[item.state],
        "version": item.version,
        "unit": fields["unit"],
        "category": fields["category"],
        "year": int(fields["year"]),
        "author": fields["author"],
        "file": fields["file"],
        "sha256": fields["sha256"],
        "rows": int(fields["rows"]),
        "changed": item.changed,
        "actor": item.actor,
        "batch": fields.get("batch"),
        "issues": orjson.loads(fields["issues"]),
    }


def _source(fields: dict[str, str]) -> str:
    return f"{fields['unit']} 自体检 / self-report"


def _within(
    table: pd.DataFrame, fields: dict[str, str], units: UnitTable, delivery: Delivery
) -> None:
    """A district reports on its own units and in its own category, on nothing else."""
    level, _, _ = fields["unit"].partition(":")
    own = {fields["unit"]}
    for finer in units.levels:
        mine = units.level(level).index.get_indexer(pd.Index([fields["unit"]]))[0]
        rows = units.parent_rows(finer, level) == mine
        own |= set(units.level(finer).ids[rows].tolist())
    strange = table[~table["unit_id"].isin(own)]
    for row in strange.head(20).to_dict("records"):
        delivery.log.add(
            "SUBMISSION_OUTSIDE", file=row["at_file"], layer=row["at_sheet"],
            row=int(row["at_row"]),
            cell=f"{row['at_letter']}{row['at_row']}", id=row["unit_id"], unit=fields["unit"],
            count=1,
        )  # fmt: skip
    if not fields["category"]:
        return
    of = {
        (system.id, code): item.category.code
        for system in delivery.systems.values()
        for code, item in system.indicators.items()
    }
    names = zip(table["system"], table["indicator"], strict=True)
    wrong = [code for system, code in names if of[system, code] != fields["category"]]
    for code in dict.fromkeys(wrong):
        delivery.log.add(
            "SUBMISSION_CATEGORY", file=fields["file"], id=code, category=fields["category"],
            count=wrong.count(code),
        )  # fmt: skip
