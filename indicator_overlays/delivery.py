"""One delivery: who gives which files how, and the batch that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from cim_bridge.errors import InputRefused, NotFound, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.progress import SILENT, Progress
from cim_bridge.staging import file_digest, stage
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.mapping import NO_MAPPING, Mapping
from indicator_overlays.system import load_systems
from indicator_overlays.unitindex import UnitIndex
from indicator_overlays.unitmatch import UnitMatcher
from indicator_overlays.values import in_plain_text

KINDS: tuple[str, ...] = ("values", "survey", "problems", "projects", "links", "tasks", "remarks")
"""Kinds of delivery."""


@dataclass(frozen=True)
class LoadReport:
    """What a delivery became: the batch's digest, how many rows, and every finding."""

    digest: str
    rows: int
    log: IssueLog
    kind: str = "values"
    indicators: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    match: dict[str, Any] | None = None
    """Counts of matched, ambiguous and unmatched rows by level, where the map has `[match]`."""
    match_lines: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready summary."""
        return {
            "batch": self.digest,
            "kind": self.kind,
            "rows": self.rows,
            "indicators": list(self.indicators),
            "periods": list(self.periods),
            "match": self.match,
            "issues": self.log.to_json(),
        }


@dataclass(frozen=True)
class Delivery:
    """Everything a reader of tables needs to know about the delivery it reads."""

    folder: CityFolder
    files: tuple[Path, ...]
    source: str
    kind: str = "values"
    year: int | None = None
    level: str = ""
    key: str = ""
    mapping: Mapping = NO_MAPPING
    progress: Progress = SILENT
    log: IssueLog = field(default_factory=IssueLog)

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise WrongUse(
                "请用 --source 说明来源 / a delivery needs the name of its source (--source)"
            )
        if self.kind not in KINDS:
            raise WrongUse(f"unknown kind {self.kind!r}; use one of {', '.join(KINDS)}")
        if self.level and self.level not in LEVELS:
            raise WrongUse(f"unknown level {self.level!r}; use one of {', '.join(LEVELS)}")

    @cached_property
    def units(self) -> UnitIndex:
        """The units of the newest model; refused (InputRefused) before the first `bridge`."""
        try:
            return UnitIndex.of(self.folder)
        except NotFound as exc:
            self.log.add("NO_MODEL", file=self.folder.path)
            raise InputRefused(self.log) from exc

    @cached_property
    def matcher(self) -> UnitMatcher | None:
        """Matches names by the map's `[match]`; None where the map has none."""
        how = self.mapping.match
        if how is None:
            return None
        self.need_model()
        return UnitMatcher.open(self.folder, self.source, how, self.log)

    @property
    def matched(self) -> UnitMatcher | None:
        """The matcher, if it was used."""
        found: UnitMatcher | None = self.__dict__.get("matcher")
        return found

    def need_model(self) -> None:
        """Refuse the delivery at once when the city has no model to join it to."""
        if len(self.units.units) == 0:
            self.log.add("NO_MODEL", file=self.folder.path)
            raise InputRefused(self.log)

    @cached_property
    def systems(self) -> dict[str, IndicatorSystem]:
        """The shipped systems and the city's own."""
        return load_systems(self.folder)

    @property
    def source_kind(self) -> str:
        """What the mapping says, else what follows from the kind of delivery."""
        if self.mapping.source_kind:
            return self.mapping.source_kind
        return "survey" if self.kind == "survey" else "department"

    def manifest(self, of: str, rows: int, system: str = "") -> dict[str, Any]:
        """The manifest of this delivery's batch; `seq` is added when it is written."""
        matched = {"match": self.matched.report()} if self.matched is not None else {}
        return matched | {
            "kind": "batch",
            "of": of,
            "source": self.source,
            "source_kind": self.source_kind,
            "files": [{"name": f.name, "sha256": file_digest(f)} for f in self.files],
            "rows": rows,
            "system": system,
            "year": self.year,
            "issues": [issue.to_json() for issue in self.log if issue.severity != "error"],
        }


GROUP = 1 << 20
"""Rows in a row group of a batch's table."""


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table with its texts plain, a row group at a time: the bytes depend on rows alone."""
    coded = any(pa.types.is_dictionary(field.type) for field in table.schema)
    schema = in_plain_text(table.slice(0, 0)).schema if coded else table.schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, max(table.num_rows, 1), GROUP):
            part = table.slice(start, GROUP)
            writer.write_table(in_plain_text(part) if coded else part, row_group_size=GROUP)


def write_batch(folder: CityFolder, manifest: dict[str, Any], table: pa.Table) -> str:
    """Write one immutable batch (manifest.json and `<of>.parquet`); return its digest.

    The newest batch of a source that already says the same is kept: loading a file twice in a row
    changes nothing. `survey` aggregates are values.
    """
    name = f"{'values' if manifest['of'] == 'survey' else manifest['of']}.parquet"
    known = folder.list_batches()
    number = max((int(item["seq"]) for _, item in known), default=0) + 1
    asked = (manifest["source"], manifest["of"])
    newest = [(d, item) for d, item in known if (item["source"], item["of"]) == asked][-1:]
    with stage(folder.batches) as staging:
        write_parquet(staging.path / name, table)
        for digest, item in newest:
            told = {key: value for key, value in item.items() if key not in {"seq", "digest"}}
            same = file_digest(folder.batches / digest / name) == file_digest(staging.path / name)
            if same and orjson.loads(orjson.dumps(manifest)) == told:
                return digest
        return staging.commit({**manifest, "seq": number})
