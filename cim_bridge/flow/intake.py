"""Files of a source, read, put in place and made sound: small ones whole, large ones in chunks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.flow.pile import Pile
from cim_bridge.flow.resume import Resume
from cim_bridge.flow.tally import Tally
from cim_bridge.geometry.quality import Judge
from cim_bridge.issues import Issue, IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.place import Ground, levelled, moved, place, points_of, raised, settle
from cim_bridge.points.cloud import settled
from cim_bridge.progress import Progress
from cim_bridge.reader import Reader, Reading, StreamReader, Wish, join_readings
from cim_bridge.sound import in_order, sound, sound_buildings, tell_shells

_SAMPLE = 4000
"""Units by which a large file is compared with the city."""
_POINTS = 100_000
"""Vertices from which a fitting system is guessed."""


@dataclass
class Intake:
    """What came of the files so far, and how files are taken.

    resume: the folder for what does not fit in memory, and what of it is there already. model_crs:
    None until the first file settled it. readers, systems: what read the files and where they were,
    in order.
    """

    resume: Resume
    wish: Wish
    ground: Ground
    height_offset: float
    log: IssueLog
    progress: Progress
    done: Pile = field(init=False)
    readers: dict[str, None] = field(default_factory=dict)
    systems: dict[str, None] = field(default_factory=dict)
    files: int = 0
    _taken: int = 0
    _passed: int = 0

    def __post_init__(self) -> None:
        self.done = Pile(self.resume.folder / "sound")
        while self.resume.finished(f"file-{self._passed}") is not None:
            self._passed += 1
        if self._passed:
            self._go_on()

    def _go_on(self) -> None:
        """Stand where a run before stood when it had taken its last file."""
        told = self.resume.finished(f"file-{self._passed - 1}")
        assert told is not None  # noqa: S101 - counted just now
        self.done = Pile.again(self.resume.folder / "sound", told)
        self.files = told["files"]
        self.readers, self.systems = (dict.fromkeys(told[n]) for n in ("readers", "systems"))
        self.ground = replace(self.ground, model_crs=told["model_crs"])
        self.log.extend(map(Issue.from_json, told["issues"][len(self.log) :]))

    def take(self, path: Path, reader: Reader) -> None:
        """Read one file; what is wrong with it goes to the log."""
        number, self._taken = self._taken, self._taken + 1
        if number < self._passed:
            self.resume.count("files")
            return
        pile = self._read(path, reader, number)
        if pile is None:
            return
        self.readers[reader.name] = None
        self.files += 1
        self._take(pile, path)
        if self.done.large and not self.log.errors:
            told = {
                **self.done.told(), "files": self.files, "readers": list(self.readers),
                "systems": list(self.systems), "model_crs": self.ground.model_crs,
                "issues": self.log.to_json(),
            }  # fmt: skip
            self.resume.finish(f"file-{number}", told)
        self.resume.forget(f"raw-{number}")
        pile.clear()

    def _take(self, pile: Pile, path: Path) -> None:
        if pile.large and not pile.has_parts:
            self._in_chunks(pile, path)
            return
        raw = join_readings(list(pile)) if len(pile) else Reading(None, [])
        if not raw.units and raw.ground is None:
            level = self.wish.level or self.wish.layer or "building"
            self.log.add("LEVEL_UNFIT", file=path, level=level)
            return
        self._whole(raw, path)

    def _read(self, path: Path, reader: Reader, number: int) -> Pile | None:
        folder, before = self.resume.folder / f"raw-{number}", len(self.log.errors)
        known = self.resume.finished(f"raw-{number}")
        if known is not None:
            self.resume.count("read")
            self.log.extend(map(Issue.from_json, known["issues"]))
            return Pile.again(folder, known)
        if folder.is_dir():  # a run before ended within
            shutil.rmtree(folder)
        pile = Pile(folder)
        if not isinstance(reader, StreamReader):
            found = reader.read(path, self.wish, self.log)
            if found is not None:
                pile.put(found)
            return pile if found is not None else None
        told = Tally()
        for reading in reader.stream(path, self.wish, told):
            pile.put(reading)
            self.progress.advance(sum(len(units) for units in reading.units))
        self.log.extend(told)
        if len(self.log.errors) > before:
            return None
        if pile.large:
            self.resume.finish(f"raw-{number}", {**pile.told(), "issues": told.to_json()})
        return pile

    def _lifted(self, raw: Reading) -> Reading:
        return raised(levelled(raw, self.height_offset), self.wish.height_offset)

    def _whole(self, raw: Reading, path: Path) -> None:
        wanted, clouds = None if raw.placed else self.wish.crs, raw.clouds
        raw = self._lifted(raw)
        placed = place(raw, wanted, self.ground, self.log, path.name)
        if placed is not None:
            reading, crs = placed
            self._settled(wanted or str(raw.crs), crs)
            made = sound(reading, self.log, path.name)
            self.done.put(settled(made, clouds, str(wanted or raw.crs)))

    def _settled(self, system: str, model_crs: str) -> None:
        self.systems[system] = None
        self.ground = replace(self.ground, model_crs=model_crs)

    def _in_chunks(self, pile: Pile, path: Path) -> None:
        """Place and check chunk by chunk, after one look at where all of it is."""
        shadow = _shadow(pile, self.log, path.name)
        if shadow is None:
            return
        wanted = None if shadow.placed else self.wish.crs
        step = settle(shadow, wanted, self.ground, self.log, path.name)
        if step is None:
            return
        self._settled(wanted or str(shadow.crs), step.target)
        told, judge, rest = Tally(), Judge(), []
        before = self.done.buildings
        for raw in pile:
            here = moved(self._lifted(raw), step)
            others = [units for units in here.units if units.level != "building"]
            rest.append(Reading(here.crs, others, None, here.ground))
            self._buildings(here, judge, told, path)
        tell_shells(judge, told, path.name)
        self.log.extend(in_order(told))
        self._others(rest, path, lonely=self.done.buildings == before)

    def _buildings(self, here: Reading, judge: Judge, told: IssueLog, path: Path) -> None:
        for units in here.units:
            if units.level == "building":
                one, mesh = sound_buildings(units, here.mesh, judge, told, path.name)
                if len(one):
                    self.done.put(Reading(here.crs, [one], mesh))

    def _others(self, rest: list[Reading], path: Path, *, lonely: bool) -> None:
        """What stands among the buildings of the file is looked at together."""
        other = join_readings(rest)
        if other.units or other.ground is not None:
            made = sound(other, self.log, path.name)
            if made.units or made.ground is not None:
                self.done.put(made)
        elif lonely:
            self.log.add("GEOMETRY_ALL_MISSING", file=path.name)


def _shadow(pile: Pile, log: IssueLog, file: str) -> Reading | None:
    """A small reading that lies where all of the pile does: its corners and a sample of it."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    told, sample, shown = Tally(), [], []
    first: Reading | None = None
    for raw in pile:
        first = first or raw
        points = points_of(raw, told, file)
        if points is None:
            continue
        low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
        each = max(len(points) * len(pile) // _POINTS, 1)
        shown.append(points[::each])
        sample += [units.take(_spread(len(units), len(pile))) for units in raw.units]
    if first is None or any(issue.code == "COORDINATE_NOT_FINITE" for issue in told):
        log.extend(issue for issue in told if issue.code == "COORDINATE_NOT_FINITE")
        return None
    if not shown:
        log.add("GEOMETRY_ALL_MISSING", file=file)
        return None
    flat = np.concatenate([np.array([low, high]), *shown])
    spots = Mesh.of(np.column_stack((flat, np.zeros(len(flat)))), np.zeros((0, 3), np.uint32))
    return Reading(first.crs, sample, spots, placed=first.placed)


def _spread(count: int, chunks: int) -> Any:
    return np.arange(0, count, max(count * chunks // _SAMPLE, 1))
