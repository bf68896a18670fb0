"""city.toml: the settings of one city, read once and handed down."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.crs import read_crs
from cim_bridge.crsspell import spelling
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LABELS, LEVELS
from cim_bridge.localgrid import local_grids, named
from cim_bridge.texts import Text, as_text

ADOPTION_ORDER: tuple[str, ...] = (
    "statistics",
    "third_party",
    "department",
    "self_report",
    "survey",
    "computed",
)
"""Kinds of source in the order in which they are adopted when several give one value."""


@dataclass(frozen=True)
class PrivacyConfig:
    """`[privacy]`: what of single buildings readers without the right may not see.

    indicators: codes (or `system/code`) to protect beside those that the lists mark. open: codes to
    publish all the same; `*` is every one. k: fewest units or answers whose sum is told.
    """

    indicators: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    k: int = 10


@dataclass(frozen=True)
class Milestone:
    """`[[milestone]]`: a step of the checkup with its date; `done` once it is reached."""

    name: Text
    due: dt.date
    done: dt.date | None = None
    theme: str = ""


@dataclass(frozen=True)
class CityConfig:
    """Everything city.toml says, with defaults filled in."""

    name: Text
    crs: str
    height_offset: float = 0.0
    synthetic: bool = False
    languages: tuple[str, ...] = ("zh", "en")
    default_system: str = "MOHURD-2022"
    stale_after_years: int | None = None
    as_of: dt.date | None = None
    level_labels: dict[str, Text] = field(default_factory=dict)
    cutoffs: dict[int, dt.date] = field(default_factory=dict)
    tolerance: float = 0.05
    adoption_order: tuple[str, ...] = ADOPTION_ORDER
    extent: tuple[float, float, float, float] | None = None
    scope: str = ""
    attribution: tuple[str, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    height_datum: str = ""
    """Name of the surface that the model's heights count from; heights above the ellipsoid are
    these plus height_offset."""
    grids: dict[str, str] = field(default_factory=dict)
    """The city's own systems, `[crs.local.<name>]`: name → CRS text."""
    privacy: PrivacyConfig = PrivacyConfig()
    milestones: tuple[Milestone, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)

    def system(self, text: str | None) -> str | None:
        """Return a CRS as `--crs` names it, one of the city's own grids included."""
        return named(text, self.grids)

    def cutoff(self, year: int) -> dt.date:
        """Cut-off date of a checkup year.

        A year that city.toml does not name follows the nearest one it does: cities that examine
        2025 as of 31 December 2024 examine 2020 as of 31 December 2019. Without any, it is
        31 December of the year itself.
        """
        if not self.cutoffs:
            return dt.date(year, 12, 31)
        nearest = min(self.cutoffs, key=lambda known: (abs(known - year), known))
        date = self.cutoffs[nearest]
        day = min(date.day, 28) if date.month == 2 else date.day
        return date if nearest == year else date.replace(date.year + year - nearest, day=day)

    def day(self) -> dt.date:
        """The day that deadlines are held against: today, or the day a told story stands still."""
        return self.as_of or dt.datetime.now(dt.UTC).date()

    def label(self, level: str) -> Text:
        """The city's own name of a level, or the field's."""
        return self.level_labels.get(level, LABELS[level])


def read_config(path: Path) -> CityConfig:
    """Read city.toml; anything wrong in it is an Issue CITY_CONFIG_INVALID."""
    try:
        return _parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError, TypeError) as exc:
        log = IssueLog()
        log.add("CITY_CONFIG_INVALID", file=path, reason=_reason(exc))
        raise InputRefused(log) from exc


def _reason(exc: Exception) -> str:
    return f"missing key {exc}" if isinstance(exc, KeyError) else str(exc)


def _parse(raw: dict[str, Any]) -> CityConfig:
    city = raw["city"]
    levels: dict[str, Any] = raw.get("levels", {})
    adoption: dict[str, Any] = raw.get("adoption", {})
    extent = city.get("extent")
    grids = local_grids(raw.get("crs", {}).get("local", {}))
    return CityConfig(
        name=as_text(city["name"]),
        crs=_crs(str(city["crs"]), grids),
        height_offset=float(city.get("height_offset", 0.0)),
        synthetic=bool(city.get("synthetic", False)),
        languages=tuple(city.get("languages", ("zh", "en"))),
        default_system=str(city.get("default_system", "MOHURD-2022")),
        stale_after_years=city.get("stale_after_years"),
        as_of=_date(city["as_of"]) if "as_of" in city else None,
        level_labels={_level(k): as_text(v["label"]) for k, v in levels.items() if "label" in v},
        cutoffs={int(y): _date(v["cutoff"]) for y, v in raw.get("years", {}).items()},
        tolerance=float(adoption.get("tolerance", 0.05)),
        adoption_order=tuple(adoption.get("order", ADOPTION_ORDER)),
        extent=(extent[0], extent[1], extent[2], extent[3]) if extent else None,
        scope=str(city.get("scope", "")),
        attribution=tuple(city.get("attribution", ())),
        sources=tuple(dict(source) for source in raw.get("source", ())),
        height_datum=str(city.get("height_datum", "")),
        grids=grids,
        privacy=_privacy(raw.get("privacy", {})),
        milestones=tuple(_milestone(item) for item in raw.get("milestone", ())),
        raw=raw,
    )


def _privacy(table: dict[str, Any]) -> PrivacyConfig:
    unknown = sorted(set(table) - {"indicators", "open", "k"})
    if unknown:
        raise ValueError(f"privacy.{unknown[0]}: unknown key; there are indicators, open, k")
    k = int(table.get("k", 10))
    if k < 2:
        raise ValueError(f"privacy.k = {k}: a sum over fewer than 2 units hides nothing")
    return PrivacyConfig(_words(table, "indicators"), _words(table, "open"), k)


def _words(table: dict[str, Any], name: str) -> tuple[str, ...]:
    found = table.get(name, ())
    if isinstance(found, str):
        raise TypeError(f'privacy.{name}: a list is asked for, as ["{found}"]')
    return tuple(str(item) for item in found)


def _milestone(table: dict[str, Any]) -> Milestone:
    return Milestone(
        name=as_text(table["name"]),
        due=_date(table["due"]),
        done=_date(table["done"]) if "done" in table else None,
        theme=str(table.get("theme", "")),
    )


def _crs(code: str, grids: dict[str, str]) -> str:
    """The city's system; one that only a shift or a grid of ours leads to is for sources."""
    text = named(code, grids) or code
    if read_crs(text) is None:
        raise ValueError(f"city.crs {code!r} is not a coordinate reference system")
    if not spelling(text).plain:
        raise ValueError(f"city.crs {code!r}: give its base here, and the grid with --crs")
    return text


def _level(code: str) -> str:
    if code not in LEVELS:
        raise ValueError(f"levels.{code}: unknown level; use one of {', '.join(LEVELS)}")
    return code


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value))
