"""Rows of a delivery → units by `[match]`: what is not clear goes to the source's review list.

Only what a method settles, or a person decided, is loaded. What fits no unit or several is left
out, told, and listed; with `unmatched = "refuse"` it refuses the delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.citytoml import CityConfig
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.matching.how import METHODS, How
from cim_bridge.matching.keys import Keys
from cim_bridge.matching.matches import Matches
from cim_bridge.matching.position import to_model
from cim_bridge.matching.review import ReviewList, match_reviewed
from cim_bridge.matching.targets import Targets
from cim_bridge.release import ModelRelease, open_model
from indicator_overlays.findings import Finder

I64 = npt.NDArray[np.int64]
_NAMED = 5


@dataclass
class UnitMatcher:
    """Matches the tables of one delivery and keeps the review list of its source."""

    model: ModelRelease
    how: How
    review: ReviewList
    log: IssueLog
    config: CityConfig
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Level ("" any) → what `Matches.report` said, summed over the sheets."""
    _targets: dict[str, Targets] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: CityFolder, source: str, how: How, log: IssueLog) -> UnitMatcher:
        """For a source of a city; reads its review list."""
        review = ReviewList.open(folder, source, log)
        return cls(open_model(folder), how, review, log, folder.config)

    def match(
        self, ids: pd.Series[str], levels: pd.Series[str], extra: pd.DataFrame, finder: Finder
    ) -> npt.NDArray[Any]:
        """Public id of every row's unit, "" for none. extra: columns `match_label`, … as text.

        Rows that say the same about their place count once.
        """
        roles = [name for name in extra.columns if str(name).startswith("match_")]
        asked = pd.DataFrame({"id": ids.to_numpy(), "level": levels.to_numpy()})
        for role in roles:
            asked[role] = extra[role].to_numpy()
        number = asked.groupby(list(asked.columns), sort=False).ngroup().to_numpy(np.int64)
        _, first = np.unique(number, return_index=True)
        rows = asked.iloc[first].reset_index(drop=True)
        places = finder.places.iloc[first].reset_index(drop=True)
        found = np.full(len(rows), "", object)
        for level in sorted(rows["level"].unique()):
            mine = np.flatnonzero((rows["level"] == level).to_numpy())
            some = rows.iloc[mine].reset_index(drop=True)
            where = Finder(self.log, places.iloc[mine].reset_index(drop=True), some["id"])
            found[mine] = self._level(some, str(level), where)
        every: npt.NDArray[Any] = found[number]
        return every

    def _level(self, rows: pd.DataFrame, level: str, finder: Finder) -> npt.NDArray[Any]:
        """Match distinct rows of one level and tell the outcome."""
        if level not in self._targets:
            self._targets[level] = Targets.of(self.model, level)
        targets = self._targets[level]
        keys = self._keys(rows, finder)
        found = match_reviewed(keys, targets, self.how, self.review, self.log)
        self._count(level, found.report())
        self._tell(found, targets, _called(rows), finder)
        ids = np.append(targets.ids, "")
        return np.where(found.matched, ids[found.target], "")

    def _keys(self, rows: pd.DataFrame, finder: Finder) -> Keys:
        label, address = rows.get("match_label"), rows.get("match_address")
        parents = [rows[name] for name in rows if str(name).startswith("match_parent")]
        x, y = self._points(rows, finder)
        return Keys.of(rows["id"], label=label, address=address, parents=tuple(parents), x=x, y=y)

    def _points(self, rows: pd.DataFrame, finder: Finder) -> tuple[Any, Any]:
        if "match_x" not in rows or "match_y" not in rows:
            return None, None
        sides = [pd.to_numeric(rows[name], errors="coerce") for name in ("match_x", "match_y")]
        bad = np.zeros(len(rows), bool)
        for name, side in zip(("match_x", "match_y"), sides, strict=True):
            bad |= (rows[name] != "").to_numpy(bool) & side.isna().to_numpy(bool)
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            place = finder.places.iloc[at]
            told = f"{rows['match_x'].iloc[at]}, {rows['match_y'].iloc[at]}"
            self.log.add(
                "MATCH_POINT_UNREADABLE", file=place["file"], layer=place["sheet"],
                row=int(place["row"]), id=told, count=int(bad.sum()),
            )  # fmt: skip
        crs = self.config.system(self.how.crs) or ""
        x, y = (side.to_numpy(np.float64, na_value=np.nan) for side in sides)
        return to_model(x, y, crs, str(self.model.manifest["crs"]))

    def _count(self, level: str, report: dict[str, Any]) -> None:
        known = self.reports.get(level)
        if known is None:
            self.reports[level] = report
            return
        for name in ("rows", "matched", "ambiguous", "unmatched", "no_place"):
            known[name] += report[name]
        for part in ("methods", "set_aside"):
            for name, count in report[part].items():
                known[part][name] = known[part].get(name, 0) + count
        known["rate"] = round(known["matched"] / known["rows"], 6)

    def _tell(self, found: Matches, targets: Targets, ids: pd.Series[str], finder: Finder) -> None:
        name = self.review.path.name
        soft = self.how.unmatched == "review"
        states = (("MATCH_AMBIGUOUS", found.ambiguous), ("MATCH_UNMATCHED", found.unmatched))
        for code, rows in states:
            at = np.flatnonzero(rows)
            if len(at):
                shown = ", ".join(ids.iloc[at[:_NAMED]].tolist())
                place = finder.places.iloc[int(at[0])]
                self.log.add(
                    code if soft else "MATCH_UNDECIDED", file=place["file"], layer=place["sheet"],
                    row=int(place["row"]), count=len(at), names=shown, list=name,
                )  # fmt: skip
        if len(found.apart):
            first = int(found.apart[0])
            place = finder.places.iloc[first]
            self.log.add(
                "MATCH_CONTRADICTS", file=place["file"], layer=place["sheet"],
                row=int(place["row"]), id=ids.iloc[first], count=len(found.apart),
                unit=targets.ids[found.target[first]],
            )  # fmt: skip
        if found.nowhere.any():
            self.log.add("MATCH_NO_PLACE", count=int(found.nowhere.sum()))
        for method in ("external", "label", "address", "point"):
            at = np.flatnonzero(found.matched & (found.method == METHODS.index(method)))
            if len(at):
                first = int(at[0])
                self.log.add(
                    "MATCH_NAMES", id=ids.iloc[first], count=len(at), method=method,
                    unit=targets.ids[found.target[first]],
                )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """Counts by level, and the review list: JSON-ready, for a batch's manifest."""
        return {
            "by": list(self.how.by),
            "levels": {level or "any": told for level, told in sorted(self.reports.items())},
        }


def _called(rows: pd.DataFrame) -> pd.Series[str]:
    """What a row is called in a finding: its id, else its label, else its address."""
    named = rows["id"].astype("str")
    for role in ("match_label", "match_address"):
        if role in rows:
            named = named.where(named != "", rows[role])
    return named


def report_lines(report: dict[str, Any], review: ReviewList) -> list[str]:
    """The match report as a table for a terminal, in both languages."""
    lines = ["  层级 level    行 rows   匹配 matched   存疑 ambiguous   未匹配 unmatched"]
    for level, told in report["levels"].items():
        lines.append(
            f"  {level:<12} {told['rows']:>8,}   {told['matched']:>8,} {told['rate']:>6.1%}"
            f"   {told['ambiguous']:>8,}   {told['unmatched']:>8,}"
        )
        methods = ", ".join(f"{name} {count:,}" for name, count in told["methods"].items())
        aside = ", ".join(f"{name} {count:,}" for name, count in told["set_aside"].items())
        lines.append(f"    {methods or '—'}" + (f"  ({aside})" if aside else ""))
    if review.rows:
        lines.append(f"  审核表 review list: {review.path} ({review.open_rows:,} 待裁定 undecided)")
    return lines
