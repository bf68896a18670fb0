"""What is told of a source's system: the one that fits, and shifts as map services make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cim_bridge.crs import F64, Box, area_of_use, is_geographic, meet
from cim_bridge.crsdetect import Proposal, detect
from cim_bridge.crsshift import Shift
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading
from cim_bridge.reference import CHINA, References, compared


@dataclass(frozen=True)
class Ground:
    """Where the city is: its CRS, the model's CRS once there is one, and the extent if known.

    references: what stands in the city already, to tell shifts of a few hundred metres by.
    """

    city_crs: str
    model_crs: str | None = None
    extent: Box | None = None
    references: References = tuple


def shifted(
    reading: Reading, source: str, wanted: str | None, box: Box | None, where: Ground,
    log: IssueLog, file: str,
) -> bool:  # fmt: skip
    """Whether the data are off the city's buildings or roads as GCJ-02 and BD-09 are."""
    found = compared(reading, source, box, where.references(), degrees=is_geographic(source))
    if found is None or not (found.best or found.apart):
        return False
    said: dict[str, Any] = {**_what(found), "points": found.points, "crs": short(source)}
    if found.apart:
        log.add("CRS_APART", file=file, **said, **_metres(found.east, found.north))
        return False
    said |= {
        "best": found.best,
        "hit": f"{found.hits[source]:.0%}",
        "better": f"{found.hits[found.best]:.0%}",
    }
    if wanted is not None:
        log.add("CRS_SHIFTED_AS_ASKED", file=file, **said)
        return False
    zh, en = _constant(found)
    told = _metres(*found.expected[found.best])
    log.add("CRS_SHIFTED", file=file, **said, **told, constant_zh=zh, constant_en=en)
    return True


_WHAT = {
    "area": ("建筑", "buildings"), "line": ("道路", "roads"), "outline": ("边界", "outlines"),
}  # fmt: skip


def _what(found: Shift) -> dict[str, Any]:
    zh, en = _WHAT[found.kind]
    return {"what_zh": zh, "what_en": en}


def _metres(east: float, north: float) -> dict[str, Any]:
    return {"east": f"{east:+.0f}", "north": f"{north:+.0f}"}


def _constant(found: Shift) -> tuple[str, str]:
    """Words for the best constant shift, where one stands out."""
    if not np.isfinite(found.east):
        return "", ""
    east, north = _metres(found.east, found.north).values()
    return (
        f"，实测整体偏移东 {east} 米、北 {north} 米",
        f"; the shift measured over all is {east} m east, {north} m north",
    )


def guess(
    points: F64, where: Ground, declared: str | None, reading: Reading | None = None
) -> tuple[str, str]:
    """Words that name the systems which would fit, in both languages; empty when none does."""
    reference = where.extent or area_of_use(where.city_crs)
    if reference is None:
        return "", ""
    margin = None if where.extent else 0.3
    fits = detect(points, declared, reference, where.city_crs, margin).proposals
    if not fits:
        return "", ""
    first = _told_apart(fits[0], where, reading)
    zh = "；".join(f"--crs {fit.crs}（{fit.why['zh']}）" for fit in fits[1:])
    en = "; ".join(f"--crs {fit.crs} ({fit.why['en']})" for fit in fits[1:])
    return (
        f"；坐标与 --crs {first[0]} 相符（{first[1]}）" + (f"；另有 {zh}" if zh else ""),
        f"; the coordinates would fit --crs {first[0]} ({first[2]})" + (f"; or {en}" if en else ""),
    )


def _told_apart(fit: Proposal, where: Ground, reading: Reading | None) -> tuple[str, str, str]:
    """Degrees in China may be shifted: told by the city's buildings, else said to be open."""
    zh, en = fit.why["zh"], fit.why["en"]
    if not is_geographic(fit.crs) or reading is None:
        return fit.crs, zh, en
    box = where.extent or area_of_use(where.city_crs)
    found = compared(reading, fit.crs, box, where.references(), degrees=True)
    if found is not None:
        crs = found.best or fit.crs
        share = f"{found.hits[crs]:.0%}"
        on = (f"{zh}，{share} 落在已有建筑或道路上", f"{en}, {share} on its buildings or roads")
        return crs, *on
    if box is None or not meet(box, CHINA):
        return fit.crs, zh, en
    return (
        fit.crs,
        f"{zh}；也可能是 GCJ-02 或 BD-09，需有建筑或道路才能分辨",
        f"{en}; it may also be GCJ-02 or BD-09, which only buildings or roads can tell",
    )


def short(text: str) -> str:
    """A long WKT, cut for a message."""
    return text if len(text) <= 60 else text[:57] + "…"
