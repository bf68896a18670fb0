"""How a tileset would bind to a city's units, tried without writing the binding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cim_bridge.binding.match import AMBIGUOUS, MATCHED, UNMATCHED, id_property, match
from cim_bridge.binding.targets import Targets
from cim_bridge.doctor.report import Mark, Section
from cim_bridge.doctor.words import listed, say, some
from cim_bridge.issues import IssueLog
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text
from cim_bridge.tilesin.gather import gather
from cim_bridge.tilesin.pieces import Piece

_GOOD, _FAIR = 0.95, 0.5


@dataclass(frozen=True)
class Bound:
    """What `attach` would give at one level. how: way → features; key: the id property, "" none.

    apart: features matched by name whose footprint does not touch the unit's.
    """

    level: str
    key: str
    features: int
    matched: int
    ambiguous: int
    unmatched: int
    how: dict[str, int]
    apart: int
    units: int
    units_without: int
    lost: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Share of the features that find a unit."""
        return self.matched / self.features if self.features else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "level": self.level,
            "id_property": self.key or None,
            "features": self.features,
            "matched": self.matched,
            "rate": round(self.rate, 6),
            "ambiguous": self.ambiguous,
            "unmatched": self.unmatched,
            "how": self.how,
            "apart": self.apart,
            "units": self.units,
            "units_without": self.units_without,
            "unmatched_examples": list(self.lost),
        }

    def tell(self, section: Section) -> None:
        """Add it to the section of its source."""
        mark: Mark = "ok" if self.rate >= _GOOD else "warn" if self.rate >= _FAIR else "bad"
        parts = [say("bound.rate", matched=self.matched, features=self.features, rate=self.rate)]
        parts += [say(f"bound.{way}", n=n) for way, n in self.how.items()]
        section.add("bind", listed(parts), mark)
        left: list[Text] = []
        if self.ambiguous:
            left.append(say("bound.ambiguous", n=self.ambiguous))
        if self.unmatched:
            left.append(say("bound.unmatched", n=self.unmatched, shown=some(list(self.lost), 3)))
        if self.units_without:
            left.append(say("bound.units", n=self.units_without, units=self.units))
        if left:
            section.add("left", listed(left))
        if self.apart:
            section.add("left", say("bound.apart", n=self.apart), "warn")


def bound(
    pieces: list[Piece], model: ModelRelease, level: str, key: str | None, crs: str | None
) -> Bound | None:
    """Match the features as `attach` would; None where their place is unknown."""
    known = str(model.manifest["crs"])
    height = float(model.manifest.get("height_offset", 0.0))
    features = gather(pieces, IssueLog(), "", crs=known, offset=height)
    if features.crs is None and crs is not None:
        features.moved(crs, known)
    if features.crs is None or not len(features):
        return None
    targets = Targets.of(model, level)
    column, ids = id_property(features, targets, key if key in features.columns else None)
    found = match(features, ids, targets)
    ways, number = np.unique(found.how[found.target >= 0].astype(str), return_counts=True)
    taken = np.unique(found.target[found.target >= 0])
    lost = ids[(found.state == UNMATCHED) & (ids != "")][:5]
    return Bound(
        level, column, len(features), found.count(MATCHED), found.count(AMBIGUOUS),
        found.count(UNMATCHED), dict(zip(ways.tolist(), number.tolist(), strict=True)),
        len(found.apart), len(targets), len(targets) - len(taken), tuple(map(str, lost)),
    )  # fmt: skip
