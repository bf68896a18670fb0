"""A scale: what values are held against, how indicators weigh, where grades begin (TOML)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.texts import Text, as_text

BENCHMARKS: tuple[str, ...] = ("standard", "target", "peers", "history")
"""What a value can be held against: its standard, the city's plan, its peers, its own past."""

SHIPPED = Path(__file__).parent / "default.toml"


@dataclass(frozen=True)
class Grade:
    """One step of a scale, from a score upwards."""

    code: str
    start: float
    label: Text


@dataclass(frozen=True)
class Scale:
    """How scores are made; `version` changes whenever a number in it does.

    grades: highest first. weights, category_weights: 1 where a code is not named, 0 leaves out.
    """

    code: str
    version: str
    label: Text
    benchmark: str
    grades: tuple[Grade, ...]
    bottom_line: bool = True
    least_coverage: float = 0.6
    weights: dict[str, float] = field(default_factory=dict)
    category_weights: dict[str, float] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)

    def grade(self, score: float) -> Grade:
        """The grade of a score 0 to 100."""
        return next((step for step in self.grades if score >= step.start), self.grades[-1])


def load_scales(folder: CityFolder | None = None) -> tuple[dict[str, Scale], IssueLog]:
    """The shipped scale and the city's own; a broken file is an Issue of severity error."""
    log = IssueLog()
    files = [SHIPPED, *(sorted((folder.path / "scales").glob("*.toml")) if folder else [])]
    found: dict[str, Scale] = {}
    for file in files:
        try:
            scale = _scale(tomllib.loads(file.read_text(encoding="utf-8")))
        except (
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
            KeyError,
            TypeError,
            ValueError,
        ) as exc:
            reason = f"missing key {exc}" if isinstance(exc, KeyError) else str(exc)
            log.add("SCALE_INVALID", file=file, reason=reason)
            continue
        found[scale.code] = scale
    return found, log


def _scale(raw: dict[str, Any]) -> Scale:
    grades = tuple(
        Grade(str(item["code"]), float(item["from"]), as_text(item["label"]))
        for item in raw["grade"]
    )
    starts = [grade.start for grade in grades]
    if not grades or starts != sorted(starts, reverse=True) or len(set(starts)) != len(starts):
        raise ValueError("grade: list the steps from the highest `from` to the lowest, each once")
    if starts[-1] > 0:
        raise ValueError("grade: the last step must start at 0, so that every score has a grade")
    benchmark = str(raw["benchmark"])
    if benchmark not in BENCHMARKS:
        raise ValueError(f"benchmark {benchmark!r}: use one of {', '.join(BENCHMARKS)}")
    coverage = float(raw.get("least_coverage", 0.6))
    if not 0 <= coverage <= 1:
        raise ValueError(f"least_coverage {coverage}: give a share between 0 and 1")
    return Scale(
        code=str(raw["code"]),
        version=str(raw["version"]),
        label=as_text(raw["label"]),
        benchmark=benchmark,
        grades=grades,
        bottom_line=bool(raw.get("bottom_line", True)),
        least_coverage=coverage,
        weights=_weights(raw, "weights"),
        category_weights=_weights(raw, "category_weights"),
        targets={str(code): float(number) for code, number in raw.get("targets", {}).items()},
    )


def _weights(raw: dict[str, Any], key: str) -> dict[str, float]:
    found = {str(code): float(number) for code, number in raw.get(key, {}).items()}
    wrong = [code for code, number in found.items() if not 0 <= number < float("inf")]
    if wrong:
        raise ValueError(f"{key}.{wrong[0]}: a weight is 0 or more")
    return found
