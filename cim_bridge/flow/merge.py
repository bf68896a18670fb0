"""One model of all sources, its buildings run by run of rows; the rest as cim_bridge.assemble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.assemble import Assembled, bury, draw_city, fill, merged
from cim_bridge.attributes import words_by_name
from cim_bridge.citytoml import CityConfig
from cim_bridge.flow.before import Before
from cim_bridge.flow.meshfile import MeshFile
from cim_bridge.flow.order import Order, order_of
from cim_bridge.flow.pile import Pile
from cim_bridge.flow.scatter import GROUP, ROW, Runs
from cim_bridge.flow.stored import Stored
from cim_bridge.flow.tally import Tally
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.mapped import trim
from cim_bridge.mesh import Mesh, canonical, join
from cim_bridge.parents import Claims, match, parent_column, set_level
from cim_bridge.progress import Progress
from cim_bridge.reader import Reading, Units, join_readings, join_units
from cim_bridge.release import ModelRelease
from cim_bridge.table import ROWS, Columns, blank, by_level

LEVEL = "building"
_ASKED = ("PARENT_UNKNOWN", "PARENT_DIFFERS", "PARENT_NONE")


@dataclass
class Merge:
    """What goes into one model.

    pile: the new source, its buildings on disk. claims: of all sources. general: findings about
    the model. work: a folder on the disk of the releases.
    """

    previous: ModelRelease | None
    pile: Pile
    source: str
    config: CityConfig
    claims: Claims
    work: Path
    log: IssueLog
    general: IssueLog
    progress: Progress
    layer: str | None = None

    def run(self, ground: Mesh | None) -> Assembled:
        """Make the model; raises Irregular before anything is made where memory is needed.

        ground: of the release before, where it stays.
        """
        before = Before(self.previous, self.source)
        order = order_of(self.pile, before)
        self.progress.stage("sort", self.pile.buildings)
        runs = Runs(self.work / "runs")
        runs.scatter(self.pile, order)
        levels, rest = self._levels(before)
        trust = self._trust(before, levels)
        stored = self._buildings(before, order, runs, levels, trust)
        for level in LEVELS[LEVELS.index(LEVEL) + 1 :]:
            if level in levels:
                set_level(levels, level, self.claims, self.general)
        draw_city(levels, stored.facts.corners)
        return Assembled(levels, Mesh.none(), rest.ground or ground, stored)

    def _levels(self, before: Before) -> tuple[dict[str, Columns], Reading]:
        """Every level but the buildings, in memory, with the parents of those above them."""
        rest = join_readings(
            [
                Reading(one.crs, [u for u in one.units if u.level != LEVEL], None, one.ground)
                for one in self.pile
            ]
        )
        held = before.others()
        known = Assembled({} if held is None else by_level(held), Mesh.none(), None)
        known.levels.pop("city", None)
        levels, _ = merged(known, rest, self.source, self.config, self.log, layer=self.layer)
        for level in LEVELS[1 : LEVELS.index(LEVEL)]:
            if level in levels:
                set_level(levels, level, self.claims, self.general)
        return levels, rest

    def _trust(self, before: Before, levels: Mapping[str, Columns]) -> dict[tuple[str, str], bool]:
        """Which words of which source count, judged on all its buildings."""
        found: dict[tuple[str, str], bool] = {}
        for source, per_level in self.claims.items():
            names = {p: n for p, n in per_level.get(LEVEL, {}).items() if p in levels}
            said, hits = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
            for attributes in self._attributes(before, source) if names else ():
                words = words_by_name(attributes, names.values())
                for parent, name in names.items():
                    told = words[name][words[name] != ""]
                    said[parent] += len(told)
                    hits[parent] += int((match(told, levels[parent]) >= 0).sum())
            for parent in names:
                found[source, parent] = said[parent] > 0 and hits[parent] / said[parent] >= 0.5
        return found

    def _attributes(self, before: Before, source: str) -> Any:
        """Attributes of all living buildings of a source, part by part."""
        if source != self.source:
            yield from before.attributes(source)
            return
        for reading in self.pile:
            for units in reading.units:
                if units.level == LEVEL:
                    yield units.columns["attributes"]

    def _buildings(
        self, before: Before, order: Order, runs: Runs, levels: dict[str, Columns],
        trust: Mapping[tuple[str, str], bool],
    ) -> Stored:  # fmt: skip
        self.progress.stage("merge", order.total)
        stored, mesh, told = (
            Stored(self.work / "stored", ROWS),
            MeshFile(self.work / "mesh"),
            Tally(),
        )
        parents = {level: self.work / f"{level}.u32" for level in PARENT_LEVELS if level in levels}
        for number in range(-(-order.total // ROWS)):
            first, last = number * ROWS, min((number + 1) * ROWS, order.total)
            made, triangles = self._run(before, runs, number, first, last)
            here = {**levels, LEVEL: made}
            set_level(here, LEVEL, self.claims, told, trust)
            for level, path in parents.items():
                with path.open("ab") as file:
                    file.write(parent_column(here, level).astype("<u4").tobytes())
            stored.add(made)
            mesh.add(triangles, first)
            self.progress.advance(last - first)
            trim()
        stored.close()
        stored.mesh, stored.parents = mesh.close(), parents
        above = [*PARENT_LEVELS[1:]][::-1]
        self.general.extend(
            told.ordered(lambda w: (above.index(w["parent"]), _ASKED.index(w["code"])))
        )
        return stored

    def _run(
        self, before: Before, runs: Runs, number: int, first: int, last: int
    ) -> tuple[Columns, Mesh]:
        """One run of rows, finished but for the parents; triangles count rows from `first`."""
        made = blank(last - first, LEVEL)
        made["row"] += np.uint32(first)
        made["visual_group"] += np.uint32(first)
        known = before.rows(first, last)
        meshes: list[Mesh] = []
        if known is not None:
            kept = known["source"] != self.source
            for name, values in known.items():
                made[name][: len(kept)] = values
            bury(made, np.flatnonzero(~kept), LEVEL)
            old = before.mesh(first, first + len(kept), kept.astype(bool))
            meshes += [old] if old is not None and len(old) else []
        pieces = list(runs.pieces(number))
        if pieces:
            self._fill(made, join_units([piece.units[0] for piece in pieces]), known)
            meshes += [piece.mesh for piece in pieces if piece.mesh is not None]
        return made, canonical(join(meshes))

    def _fill(self, made: Columns, units: Units, known: Columns | None) -> None:
        rows: I64 = units.columns[ROW].astype(np.int64)
        _same(units.ids, rows, known)
        groups = units.columns.get(GROUP)
        units.columns.pop("group", None)
        fill(made, rows, units.ids, units, LEVEL, self.source)
        if groups is not None:
            made["visual_group"][rows] = groups


def _same(ids: Any, rows: I64, known: Columns | None) -> None:
    """Rows were given by hash: the id that had the row must be the very same."""
    if known is None:
        return
    old: Bools = rows < len(known["source_id"])
    if (known["source_id"][rows[old]] != ids[old]).any():
        raise ArithmeticError("two ids have the same 64-bit hash; run the command again")
