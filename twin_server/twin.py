"""One pinned pair of model and results, opened once and shared by every request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from cim_bridge.errors import NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.staging import read_manifest
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.results_reader import Results
from indicator_overlays.system import load_systems
from twin_server.coded import CodedTable
from twin_server.errors import Missing
from twin_server.hot.bound import bound_entry
from twin_server.pinned import Pin, Pinned
from twin_server.problems import ProblemTable
from twin_server.store import Publication
from twin_server.units import UnitTable


@dataclass(frozen=True)
class Twin:
    """Everything the routes answer from. A new publication is a new Twin; years never mix."""

    folder: CityFolder
    publication: Publication | None
    model: ModelRelease | None
    results: Results | None
    systems: dict[str, IndicatorSystem]
    answers: dict[Any, Any] = field(default_factory=dict)
    """Answers that are the same for everyone, made once (overlays, orders)."""

    @cached_property
    def units(self) -> UnitTable:
        """Units of the model; Missing when the city has no model yet."""
        if self.model is None:
            raise Missing("NO_MODEL", "this city has no model yet: run `cimtwin bridge` first")
        return UnitTable(self.model, self.folder.config)

    @cached_property
    def problems(self) -> ProblemTable:
        """Problems and projects."""
        found = self.results
        if found is None:
            nothing = CodedTable(pa.table({}))
            return ProblemTable(nothing, nothing, nothing)
        return ProblemTable(
            CodedTable(found.diagnosis), CodedTable(found.projects), CodedTable(found.links)
        )

    @cached_property
    def batches(self) -> dict[str, dict[str, Any]]:
        """Manifest of each batch the results were made of, in the order of loading."""
        named = self.results.manifest.get("batches", []) if self.results else []
        found = {}
        for digest in named:
            try:
                found[digest] = read_manifest(self.folder.batches / digest)
            except NotFound:
                continue  # a batch may be archived elsewhere; its values are in the results
        return found

    @cached_property
    def source_kinds(self) -> dict[str, str]:
        """Kind of each source by its name."""
        return {item["source"]: item.get("source_kind", "") for item in self.batches.values()}

    @property
    def bound(self) -> list[dict[str, Any]]:
        """Bound tilesets whose rows still are the same units in this model.

        Those that the publication pins; the newest of each while nothing is published.
        """
        from cim_bridge.binding.release import newest, open_binding
        from cim_bridge.readers.remote.settings import RemoteSettings

        found = []
        hosts = RemoteSettings.of(self.folder.config).hosts
        pinned = self.publication.bindings if self.publication else newest(self.folder).values()
        for digest in pinned:
            key = ("bound", digest)
            if key not in self.answers:
                try:
                    binding = open_binding(self.folder, digest)
                    fits = self.model is not None and binding.fits(self.model)
                    self.answers[key] = bound_entry(binding, hosts) if fits else None
                except NotFound:
                    self.answers[key] = None  # its folder was moved away
            if self.answers[key] is not None:
                found.append(self.answers[key])
        return found

    @cached_property
    def years(self) -> list[int]:
        """Checkup years with results, in order."""
        return self.results.years if self.results else []

    def year(self, asked: int | None) -> int | None:
        """The asked year, or the latest; None in a city without results."""
        if asked is not None and asked not in self.years:
            known = ", ".join(map(str, self.years)) or "none"
            raise Missing("UNKNOWN_YEAR", f"no results for {asked}; years with results: {known}")
        return asked if asked is not None else (self.years[-1] if self.years else None)

    def system(self, asked: str | None) -> IndicatorSystem:
        """The asked indicator system, or the city's default."""
        wanted = asked or self.folder.config.default_system
        if wanted not in self.systems:
            known = ", ".join(self.systems)
            raise Missing("UNKNOWN_SYSTEM", f"no indicator system {wanted!r}; known: {known}")
        return self.systems[wanted]

    def unit(self, unit_id: str) -> int:
        """Line of a unit in `units`."""
        index = self.units.find(unit_id)
        if index is None:
            raise Missing("UNKNOWN_UNIT", f"no unit {unit_id!r} in the published model")
        return index

    def warm(self) -> Twin:
        """Open everything that every view needs, so that the first request is as quick."""
        if self.model is not None:
            _ = self.units.children, self.units.alive, self.problems.order, self.batches
            if self.results is not None:
                self.results.unit_values("")
        return self


def open_twin(folder: CityFolder, pinned: Pinned) -> Twin:
    """Open what is pinned."""
    _, model, results = pinned.key
    fresh = CityFolder.open(folder.path)
    return Twin(
        folder=fresh,
        publication=pinned.publication,
        model=open_model(fresh, model) if model else None,
        results=Results(folder.results / results) if results else None,
        systems=load_systems(fresh),
    ).warm()


class Twins:
    """Holds the twin of the current publication; changes over without stopping anyone.

    The request that first sees a new publication waits for it to be opened (in a thread); those
    that come meanwhile are answered from the old one, whole.
    """

    def __init__(self, folder: CityFolder, pin: Pin) -> None:
        self._folder = folder
        self._pin = pin
        self._twin: Twin | None = None
        self._key: tuple[str, str, str] | None = None
        self._lock = asyncio.Lock()

    def fits(self, live: Pinned) -> bool:
        """Whether the twin that is open is the one that readers are to see."""
        return self._twin is not None and live.key == self._key

    def look_again(self) -> None:
        """Let the next question see what this process has just made current."""
        self._pin.look_again()

    async def current(self) -> tuple[Twin, Pinned]:
        """The twin to answer from, and the live states of this moment."""
        pinned = self._pin()
        if self._twin is not None and (pinned.key == self._key or self._lock.locked()):
            return self._twin, pinned
        async with self._lock:
            if self._twin is None or pinned.key != self._key:
                self._twin = await asyncio.to_thread(open_twin, self._folder, pinned)
                self._key = pinned.key
        return self._twin, pinned
