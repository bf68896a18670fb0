"""Where a source lies: its system as named, as it fits, and the option that puts it right."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import (
    WGS84,
    Box,
    area_of_use,
    crs_text,
    is_geographic,
    lonlat_box,
    meet,
    read_crs,
)
from cim_bridge.crsdetect import detect, thinned
from cim_bridge.crsshift import Shift
from cim_bridge.doctor.words import say
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, cloud_of, metric_crs, place
from cim_bridge.reader import Reading
from cim_bridge.reference import CHINA, compared
from cim_bridge.texts import Text
from cim_bridge.tried import FIRST_ZONE, LAST_ZONE, zone_crs

F64 = npt.NDArray[np.float64]
_ORIGIN = 5.0
"""Degrees around 0, 0 where there is no land."""
_MERCATOR = 20_037_508.4


@dataclass(frozen=True)
class Fit:
    """A system that fits, and by what evidence. share: of points in the city, NaN without one."""

    crs: str
    share: float
    why: Text


@dataclass
class Position:
    """Where the numbers lie. crs: the system in force (asked, declared, else the first fit).

    placed: the reading in `metres`, None when no system is known. extent: degrees.
    needs: options to add, with reasons. shift: how it sits on what the city has.
    """

    declared: str | None
    crs: str | None
    extent: Box | None = None
    placed: Reading | None = None
    metres: str = ""
    fits: list[Fit] = field(default_factory=list)
    needs: list[tuple[str, Text]] = field(default_factory=list)
    shift: Shift | None = None

    @property
    def homeless(self) -> bool:
        """Whether nothing that is known puts the source anywhere."""
        return self.placed is None


def position(
    reading: Reading, asked: str | None, where: Ground | None, log: IssueLog, file: str
) -> Position:
    """Place a reading as `bridge` would; what is wrong goes to the log as it would there."""
    wanted = None if reading.placed else crs_text(asked)
    found = Position(reading.crs, wanted or reading.crs)
    points = cloud_of(reading)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        log.add("GEOMETRY_ALL_MISSING", file=file)
        return found
    ground = where or _alone(found.crs, points, log, file, found)
    if ground is None:
        return found
    done = place(reading, wanted, ground, log, file) if _named(found) else None
    if done is None:
        done = _repaired(reading, points, ground, found, log, file, told=where is not None)
    if done is not None and found.crs is not None:
        found.placed, found.metres = done
        low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        found.extent = lonlat_box((low[0], low[1], high[0], high[1]), found.crs)
        if where is not None:
            geographic = is_geographic(found.crs)
            known = where.references()
            found.shift = compared(reading, found.crs, found.extent, known, degrees=geographic)
    return found


def _named(found: Position) -> bool:
    return found.crs is not None and read_crs(found.crs) is not None


def _repaired(
    reading: Reading, points: F64, where: Ground, found: Position, log: IssueLog, file: str,
    *, told: bool,
) -> tuple[Reading, str] | None:  # fmt: skip
    """Look for the system that fits; the reading placed by it."""
    if not _named(found) and told:
        place(reading, found.crs, where, log, file)  # for what `bridge` would say
    if told:
        found.fits = _fitting(reading, points, where, found.crs)
    for fit in found.fits:
        done = place(reading, fit.crs, where, IssueLog(), file)
        if done is not None:
            found.crs = fit.crs
            found.needs.append((f"--crs {fit.crs}", fit.why))
            return done
    found.needs.append(("--crs EPSG:CODE", say("need.crs")))
    return None


def _fitting(reading: Reading, points: F64, where: Ground, said: str | None) -> list[Fit]:
    box = where.extent or area_of_use(where.city_crs)
    if box is None:
        return []
    margin = None if where.extent else 0.3
    found = detect(points, said, box, where.city_crs, margin)
    fits = [Fit(item.crs, item.share, item.why) for item in found.proposals]
    tried = [fit.crs for fit in fits] or ([said] if said and found.fits else [])
    for crs in tried[:1]:
        shift = compared(reading, crs, box, where.references(), degrees=is_geographic(crs))
        if shift is not None and shift.best:
            hit = f"{shift.hits[shift.best]:.0%}"
            why = say("fit.sits", hit=hit, crs=shift.best, n=shift.points)
            fits.insert(0, Fit(shift.best, found.declared_share or 1.0, why))
    return fits


def _alone(
    crs: str | None, points: F64, log: IssueLog, file: str, found: Position
) -> Ground | None:
    """Ground for a source without a city: a metre system of its own place."""
    if crs is not None and read_crs(crs) is None:
        log.add("CRS_UNREADABLE", file=file, crs=crs[:60])
        found.needs.append(("--crs EPSG:CODE", say("need.crs")))
        return None
    if crs is None:
        found.fits = [] if _small(points) else by_numbers(points)
        said = found.fits[0] if found.fits else None
        log.add(
            "CRS_MISSING", file=file,
            guess_zh=f"；{said.why['zh']}：--crs {said.crs}" if said else "",
            guess_en=f"; {said.why['en']}: --crs {said.crs}" if said else "",
        )  # fmt: skip
        if said is None:
            found.needs.append(("--crs EPSG:CODE", say("need.crs")))
            return None
        crs = said.crs
    return metric_ground(points, crs)


def metric_ground(points: F64, crs: str) -> Ground | None:
    """A ground whose system measures true where the points are; None when they are nowhere."""
    sample = thinned(points)
    low, high = sample.min(axis=0).tolist(), sample.max(axis=0).tolist()
    box = lonlat_box((low[0], low[1], high[0], high[1]), crs)
    if box is None:
        return Ground(WGS84 if is_geographic(crs) else crs)
    return Ground(metric_crs(crs, box), extent=box)


def by_numbers(points: F64) -> list[Fit]:
    """Systems that the size of the numbers alone suggests, where no city is there to compare."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = np.median(points, axis=0)
    for swapped in (False, True):
        (x, y), flip = (middle[::-1] if swapped else middle), ":yx" if swapped else ""
        ends = np.concatenate([low, high])[[1, 0, 3, 2] if swapped else [0, 1, 2, 3]]
        if np.abs(ends[[0, 2]]).max() <= 180 and np.abs(ends[[1, 3]]).max() <= 90:
            return _degrees(x, y, flip)
        zone = int(x // 1e6)
        if FIRST_ZONE <= zone <= LAST_ZONE and 1.5e6 < y < 6.5e6:
            return [Fit(zone_crs(zone, prefix=True) + flip, np.nan, say("fit.prefix", zone=zone))]
    if np.abs(middle).max() < _MERCATOR and 8e6 < middle[0] < 15.1e6 and 1.9e6 < middle[1] < 7.2e6:
        return [Fit("EPSG:3857", np.nan, say("fit.mercator"))]
    return []


def _small(points: F64) -> bool:
    """Numbers around the origin are a model's own metres rather than degrees in the sea."""
    return bool((np.abs(np.median(points, axis=0)) < _ORIGIN).all())


def _degrees(x: float, y: float, flip: str) -> list[Fit]:
    china = meet((x, y, x, y), CHINA)
    code = ("EPSG:4490" if china else WGS84) + flip
    swapped = say("fit.swapped") if flip else say("fit.straight")
    return [Fit(code, np.nan, say("fit.degrees_china" if china else "fit.degrees", axes=swapped))]
