"""Which releases readers see at this moment, looked up cheaply."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cim_bridge.binding.release import newest
from cim_bridge.folder import CityFolder
from twin_server.store import Publication, Store


@dataclass(frozen=True)
class Pinned:
    """The current publication, every release that may be served, and the live states."""

    publication: Publication | None = None
    models: tuple[str, ...] = ()
    """Model digests, the current one first; the newest model while nothing is published."""
    results: tuple[str, ...] = ()
    """Results digests, the current one first."""
    bindings: tuple[str, ...] = ()
    """Digests of bound tilesets; the newest of each while nothing is published."""
    problem_states: dict[str, str] = field(default_factory=dict)
    project_states: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a twin is built from: (publication, model, results), empty where there is none."""
        now = self.publication
        if now is not None:
            return now.id, now.model, now.results
        return "", (self.models[0] if self.models else ""), ""


class Pin:
    """Looks the current publication up at most once in `every` seconds."""

    def __init__(
        self,
        folder: CityFolder,
        store: Store,
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._store = store
        self._every = every
        self._clock = clock
        self._seen = Pinned()
        self._next = float("-inf")

    def __call__(self) -> Pinned:
        """What is pinned now."""
        moment = self._clock()
        if moment >= self._next:
            self._seen = self._look()
            self._next = moment + self._every
        return self._seen

    def look_again(self) -> None:
        """Look at the next question already: this process has changed what is current."""
        self._next = float("-inf")

    def _look(self) -> Pinned:
        every = self._store.publications()
        current = next((item for item in every if item.current), None)
        if current is None:
            head = self._folder.head_model()
            bound = tuple(newest(self._folder).values())
            return Pinned(models=(head,) if head else (), bindings=bound)
        others = [item for item in every if item is not current]
        ordered = [current, *others]
        return Pinned(
            publication=current,
            models=tuple(dict.fromkeys(item.model for item in ordered)),
            results=tuple(dict.fromkeys(item.results for item in ordered if item.results)),
            bindings=tuple(dict.fromkeys(one for item in ordered for one in item.bindings)),
            problem_states=self._store.problem_states(),
            project_states=self._store.project_states(),
        )
