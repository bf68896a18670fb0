"""From what the files gave to one model of all sources: in memory, or on disk when it is large."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.assemble import Assembled, assemble
from cim_bridge.flow.intake import Intake
from cim_bridge.flow.merge import Merge
from cim_bridge.flow.order import Irregular
from cim_bridge.flow.pile import Pile
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.keys import check_ids
from cim_bridge.mesh import Mesh
from cim_bridge.parents import set_parents
from cim_bridge.points.cloud import Cloud
from cim_bridge.progress import Progress
from cim_bridge.reader import Reading, join_readings
from cim_bridge.release import UNITS, ModelRelease
from cim_bridge.table import by_level, read_columns

_SHOWN = 50


@dataclass
class Told:
    """What the manifest says of a source: units and claims by level, some attributes of each."""

    counts: dict[str, int] = field(default_factory=dict)
    claims: dict[str, dict[str, str]] = field(default_factory=dict)
    shown: dict[str, list[str]] = field(default_factory=dict)
    ground: bool = False
    clouds: tuple[Cloud, ...] = ()

    @classmethod
    def of(cls, pile: Pile) -> Told:
        """Look at every reading once."""
        told = cls()
        for reading in pile:
            for units in reading.units:
                level = units.level
                told.counts[level] = told.counts.get(level, 0) + len(units)
                told.claims.setdefault(level, {}).update(units.claims)
                shown = told.shown.setdefault(level, [])
                shown += units.columns["attributes"][: _SHOWN - len(shown)].tolist()
            told.ground |= reading.ground is not None
            told.clouds += reading.clouds
        return told

    @property
    def main(self) -> str:
        """The level of most units."""
        return max(self.counts, key=lambda level: self.counts[level]) if self.counts else "object"


@dataclass
class Merging:
    """One source on its way into a city's model. general: findings about the whole model."""

    folder: CityFolder
    previous: ModelRelease | None
    source: str
    layer: str | None
    work: Path
    log: IssueLog
    progress: Progress
    general: IssueLog = field(default_factory=IssueLog)

    def of(self, intake: Intake) -> tuple[Assembled, Told]:
        """Make the model; raises InputRefused when an error was found."""
        pile, told = intake.done, Told.of(intake.done)
        claims: dict[str, Any] = self._claims() | {self.source: told.claims}
        if pile.large:
            try:
                return self._on_disk(pile, claims), told
            except Irregular:
                self.progress.stage("merge in memory")
        self.progress.stage("merge")
        joined = join_readings(list(pile))
        self._check_across(joined, intake.files)
        self.log.raise_if_errors()
        model = assemble(
            self._before(), joined, self.source, self.folder.config, self.log, layer=self.layer
        )
        self.log.raise_if_errors()
        set_parents(model.levels, claims, self.general)
        return model, told

    def _on_disk(self, pile: Pile, claims: dict[str, Any]) -> Assembled:
        merge = Merge(
            self.previous, pile, self.source, self.folder.config, claims, self.work, self.log,
            self.general, self.progress, self.layer,
        )  # fmt: skip
        model = merge.run(self._ground())
        self.log.raise_if_errors()
        return model

    def _check_across(self, reading: Reading, files: int) -> None:
        """Ids must be unique over all files of a source, not only within each."""
        if files > 1:
            for units in reading.units:
                check_ids(units.ids, self.log, file=f"{files} files", column=units.level)

    def _ground(self) -> Mesh | None:
        """The ground so far; it goes when the source that gave it is being replaced."""
        if self.previous is None:
            return None
        sources = self.previous.manifest["sources"]
        gave = any(one["ground"] and one["name"] == self.source for one in sources)
        return None if gave else self.previous.ground()

    def _before(self) -> Assembled:
        """The model so far."""
        if self.previous is None:
            return Assembled({}, Mesh.none(), None)
        levels = by_level(read_columns(self.previous.path / UNITS))
        return Assembled(levels, self.previous.mesh(), self._ground())

    def _claims(self) -> dict[str, Any]:
        if self.previous is None:
            return {}
        sources = self.previous.manifest["sources"]
        return {one["name"]: one["claims"] for one in sources if one["name"] != self.source}


def counts_of(model: Assembled) -> dict[str, int]:
    """Living units of each level."""
    found = {
        name: int((~columns["removed"].astype(bool)).sum())
        for name, columns in model.levels.items()
    }
    if model.stored is not None:
        found["building"] = model.stored.facts.living
    return found
