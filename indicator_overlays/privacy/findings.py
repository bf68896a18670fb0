"""Problems of single buildings that are not for everyone, told of as counts of their block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.texts import Text, text
from indicator_overlays.evidence import Catalogue, evidence_json
from indicator_overlays.loaded import CLOSED, Loaded, surveys_of
from indicator_overlays.privacy.atoms import Ints
from indicator_overlays.privacy.plan import Flags, Plan
from indicator_overlays.privacy.veil import Veiled
from indicator_overlays.problems_table import DIAGNOSIS_SCHEMA, problem_id
from indicator_overlays.rule import Rule
from indicator_overlays.severity import GRADES

GROUPED: tuple[str, ...] = ("block", "district", "city")
"""Where buildings are counted: on their block, those of small blocks together on what is above."""

WHY: Text = text(
    "{place}有 {n} 栋住宅存在此问题；单栋结果不公开",
    "{n} buildings of {place} have this problem; single buildings are not told of in public",
)
WHY_REST: Text = text(
    "{place}未单独列出的街区中有 {n} 栋住宅存在此问题；单栋结果不公开",
    "{n} buildings in blocks of {place} too small to be told of have this problem",
)
FIX: Text = text(
    "由主管部门按受限清单逐栋处置",
    "The department acts on each building, by the restricted list",
)
_TEMPLATE = (
    "rule", "rule_version", "year", "title_zh", "title_en", "clause_zh", "clause_en",
    "department_zh", "department_en", "measures", "reference",
)  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """public: problems for everyone. private: those of single buildings. kept_back: buildings whose
    problem is too rare to be counted anywhere. moved: hidden problem id → the one that counts it.
    """

    public: pa.Table
    private: pa.Table
    kept_back: int
    moved: dict[str, str]


def split_findings(
    problems: pa.Table,
    rules: Sequence[Rule],
    veil: Veiled,
    book: Catalogue,
    levels: Mapping[str, tuple[str, ...]],
) -> Findings:
    """levels: rule code → levels whose problems are not for everyone."""
    hidden = _hidden(problems, veil, levels)
    private = problems.filter(pa.array(hidden))
    public = problems.filter(pa.array(~hidden))
    told = private.filter(pc.equal(private["level"], pa.scalar("building")))
    if told.num_rows == 0:
        return Findings(public, private, private.num_rows, {})
    frame = told.to_pandas()
    frame["name"] = np.where(frame["rule"].fillna("") != "", frame["rule"], frame["indicator"])
    known = {rule.code: rule for rule in rules}
    made: list[dict[str, object]] = []
    moved: dict[str, str] = {}
    kept_back = private.num_rows - told.num_rows
    for (name, year), mine in frame.groupby(["name", "year"], sort=True, dropna=False):
        codes = _codes(str(name), known.get(str(name)), veil)
        place = _Places(veil, int(str(year)), codes)
        for (level, row), part in place.grouped(mine):
            if level == "":
                kept_back += len(part)
                continue
            problem = _counted(part, level, row, veil, codes, book)
            rule = known.get(str(name))
            problem["indicator"] = rule.indicator if rule else str(name)
            moved |= dict.fromkeys(part["problem_id"], str(problem["problem_id"]))
            if part["state"].isin(["rejected"]).all():
                continue
            made.append(problem)
    extra = pa.Table.from_pylist(made, schema=DIAGNOSIS_SCHEMA)
    return Findings(pa.concat_tables([public, extra]), private, kept_back, moved)


def _hidden(
    problems: pa.Table, veil: Veiled, levels: Mapping[str, tuple[str, ...]]
) -> npt.NDArray[np.bool_]:
    rule = problems["rule"].to_numpy(zero_copy_only=False)
    level = problems["level"].to_numpy(zero_copy_only=False)
    code = problems["indicator"].to_numpy(zero_copy_only=False)
    found = np.zeros(problems.num_rows, bool)
    for name, held in levels.items():
        found |= (rule == name) & np.isin(level.astype(str), held)
    found |= (level == "building") & np.isin(code.astype(str), sorted(veil.codes))
    return found


def _codes(name: str, rule: Rule | None, veil: Veiled) -> list[str]:
    """Sensitive indicators that a finding speaks about."""
    names = {item.rpartition(".")[2] for item in rule.names} if rule else {name}
    return sorted(names & veil.codes)


class _Places:
    """Where the buildings of one rule and year are counted; every group holds at least k."""

    def __init__(self, veil: Veiled, year: int, codes: list[str]) -> None:
        self._units = veil.public.units
        self._k = veil.public.folder.config.privacy.k
        self._plans = [
            plan for key, plan in veil.plans.items() if key[1] in codes and key[2] == year
        ]
        alive = ~self._units.level("building").removed
        valued = np.zeros(len(alive), bool)
        for plan in self._plans:
            valued |= plan.valued
        self._base: Flags = (valued if valued.any() else alive) & alive

    def grouped(self, part: pd.DataFrame) -> list[tuple[tuple[str, int], pd.DataFrame]]:
        """((level, row), problems) in a fixed order; level "" where they cannot be told of."""
        level = np.full(len(self._base), "", object)
        row = np.full(len(self._base), -1, np.int64)
        left = np.ones(len(self._base), bool)
        for name in GROUPED:
            above = np.where(left, self._units.parent_rows("building", name), -1)
            size = len(self._units.level(name))
            base = np.bincount(above[self._base & (above >= 0)], minlength=size)
            fits = (base >= self._k) & self._shown(name, size)
            take = (above >= 0) & (fits[above] if size else False)
            level[take], row[take], left[take] = name, above[take], False
        at = part["row"].fillna(-1).to_numpy(np.int64)
        known = at >= 0
        keys = pd.DataFrame(
            {
                "level": np.where(known, level[at], ""),
                "row": np.where(known, row[at], -1),
            },
            index=part.index,
        )
        return [
            ((str(key[0]), int(str(key[1]))), part.loc[mine.index])
            for key, mine in keys.groupby(["level", "row"], sort=True)
            if isinstance(key, tuple)
        ]

    def _shown(self, level: str, size: int) -> Flags:
        """Units that every indicator behind the finding may be summed for."""
        found = np.ones(size, bool)
        for plan in self._plans:
            found &= _summed(plan, level, size, self._units.parent_rows("building", level))
        return found


def _summed(plan: Plan, level: str, size: int, above: Ints) -> Flags:
    holds = np.zeros(size, bool)
    holds[above[plan.valued & (above >= 0)]] = True
    shown = plan.open(level)
    found: Flags = ~holds | (shown if len(shown) == size else np.zeros(size, bool))
    return found


def _counted(
    part: pd.DataFrame,
    level: str,
    row: int,
    veil: Veiled,
    codes: list[str],
    book: Catalogue,
) -> dict[str, object]:
    """One problem that counts buildings; nothing of a single one is in it."""
    units = veil.public.units.level(level)
    first = part.iloc[0].replace({np.nan: None}).to_dict()
    counted = part[~part["state"].isin(["rejected"])]
    n = len(counted)
    open_ = counted[~counted["state"].isin(CLOSED)]
    worst = min(part["severity"], key=lambda word: -GRADES.index(str(word)))
    facts = veil.public.facts(int(first["year"])).level(level)
    evidence = evidence_json(tuple(codes), facts, np.array([row]), book)[0]
    template = WHY if level == "block" else WHY_REST
    made: dict[str, object] = {name: first[name] for name in _TEMPLATE}
    for language in ("zh", "en"):
        label = str(units.words(f"label_{language}")[row] or units.ids[row])
        words = template["zh"] if language == "zh" else template["en"]
        made[f"why_{language}"] = words.format(place=label, n=n)
        made[f"fix_{language}"] = FIX["zh"] if language == "zh" else FIX["en"]
    return made | {
        "problem_id": problem_id(f"{first['name']}~building", str(units.ids[row]), first["year"]),
        "unit_id": str(units.ids[row]),
        "level": level,
        "row": row,
        "severity": worst,
        "points": int(part["points"].max()),
        "state": "candidate" if len(open_) else "verified",
        "value": float(n),
        "threshold": 0.0,
        "margin": float(n),
        "need": float(n),
        "unit": "buildings",
        "evidence": evidence,
        "origin": "rule",
        "repeated": bool(part["repeated"].fillna(False).astype(bool).any()),
    }


def veiled_loaded(loaded: Loaded, found: Findings, veil: Veiled) -> Loaded:
    """Projects and links without what would point at a building; surveys of too few answers gone.

    A project that names a sensitive rule or effect stands on blocks instead of buildings, and its
    declared effects on single buildings are left out.
    """
    surveys = surveys_of(veil.public.candidates)
    if not veil.plans and not found.private.num_rows:
        return replace(loaded, surveys=surveys)
    gone = {str(name) for name in found.private["problem_id"].to_pylist()}
    links = loaded.links.to_pylist()
    kept = [
        link | {"problem_id": found.moved.get(link["problem_id"], link["problem_id"])}
        for link in links
        if link["problem_id"] not in gone or link["problem_id"] in found.moved
    ]
    rules = {str(name) for name in found.private["rule"].to_pylist() if name}
    projects = [_project(row, found, gone, rules, veil) for row in loaded.projects.to_pylist()]
    return replace(
        loaded,
        projects=pa.Table.from_pylist(projects, schema=loaded.projects.schema),
        links=pa.Table.from_pylist(kept, schema=loaded.links.schema),
        surveys=surveys,
    )


def _project(
    row: dict[str, object], found: Findings, gone: set[str], rules: set[str], veil: Veiled
) -> dict[str, object]:
    ids = [str(item) for item in orjson.loads(str(row["problem_ids"] or "[]"))]
    kept = [found.moved.get(i, i) for i in ids if i not in gone or i in found.moved]
    named = set(orjson.loads(str(row["rules"] or "[]")))
    effects = orjson.loads(str(row["effects"] or "[]"))
    touches = [e for e in effects if e.get("indicator") in veil.codes]
    made = row | {"problem_ids": _dumps(list(dict.fromkeys(kept)))}
    if not (named & rules or touches or kept != ids):
        return made
    units = [str(item) for item in orjson.loads(str(row["unit_ids"] or "[]"))]
    inside = veil.public.units.level("building").index.get_indexer(pd.Index(units, dtype=object))
    above = veil.public.units.parent_rows("building", "block")
    blocks = veil.public.units.level("block").ids
    if not (inside >= 0).any():
        return made
    moved = [
        name if at < 0 else str(blocks[above[at]])
        for name, at in zip(units, inside.tolist(), strict=True)
        if at < 0 or above[at] >= 0
    ]
    left = [e for e in effects if e not in touches]
    return made | {
        "unit_ids": _dumps(list(dict.fromkeys(moved))),
        "effects": _dumps(left),
        "geometry_wkt": None,
    }


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()
