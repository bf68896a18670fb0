"""Period columns of a delivery → period codes with their first and last days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicator_overlays.delivery import Delivery
from indicator_overlays.entries import Entries
from indicator_overlays.findings import Finder
from indicator_overlays.period import Period, parse_date, parse_period, year_period
from indicator_overlays.records import Records

_NONE = Period(dt.date.min, dt.date.min, "")


def read_periods(entries: Entries | Records, delivery: Delivery, finder: Finder) -> pd.DataFrame:
    """Columns period, period_start, period_end (datetime.date; None where unreadable).

    Explicit start and end dates win; then `period`; then the checkup year of the row or of the
    delivery, which stands for the calendar year of its cut-off date.
    """
    frame = entries.frame
    asked = delivery.year if delivery.year is not None else delivery.mapping.year
    key = frame["period"] + "\x1f" + frame["period_start"] + "\x1f" + frame["period_end"]
    codes, words = pd.factorize(key + "\x1f" + frame["year"])
    read = [_read(str(word).split("\x1f"), asked, delivery) for word in words]
    periods = [period for period, _ in read]
    fault = np.array([code for _, code in read], object)[codes]
    column = entries.letters.get("period") or entries.letters.get("year", "")
    shown = frame["period"].where(frame["period"] != "", frame["period_start"] + frame["year"])
    finder.report("PERIOD_MISSING", fault == "PERIOD_MISSING")
    finder.report("PERIOD_UNREADABLE", fault == "PERIOD_UNREADABLE", column, period=shown)
    found = pd.DataFrame(
        {
            "period": np.array([p.code for p in periods], object)[codes],
            "period_start": np.array([p.start if p.code else None for p in periods], object)[codes],
            "period_end": np.array([p.end if p.code else None for p in periods], object)[codes],
        }
    )
    _check_cutoff(found, asked, delivery, finder, column)
    return found


def _read(words: list[str], asked: int | None, delivery: Delivery) -> tuple[Period, str]:
    written, start, end, year = words
    try:
        if start and end:
            first, last = parse_date(start), parse_date(end)
            return Period.of(written.replace("/", "-") or f"{first}..{last}", first, last), ""
        if written:
            return parse_period(written), ""
        if year or asked is not None:
            checkup = int(float(year)) if year else int(asked or 0)
            return year_period(delivery.folder.config.cutoff(checkup).year), ""
    except (ValueError, OverflowError):
        return _NONE, "PERIOD_UNREADABLE"
    return _NONE, "PERIOD_MISSING"


def _check_cutoff(
    found: pd.DataFrame, asked: int | None, delivery: Delivery, finder: Finder, column: str
) -> None:
    cutoff = delivery.mapping.cutoff
    if cutoff is None and asked is not None:
        cutoff = delivery.folder.config.cutoff(asked)
    if cutoff is None:
        return
    late: npt.NDArray[np.bool_] = np.array(
        [end is not None and end > cutoff for end in found["period_end"]], bool
    )
    finder.report("AFTER_CUTOFF", late, column, period=found["period"], cutoff=cutoff)


def read_dates(written: pd.Series[str], finder: Finder, letter: str) -> list[dt.date | None]:
    """Read a column of days; "" gives None, anything unreadable an Issue."""
    codes, words = pd.factorize(written)
    read: list[dt.date | None] = []
    faults = []
    for word in words:
        try:
            read.append(parse_date(str(word)) if word else None)
            faults.append(False)
        except ValueError:
            read.append(None)
            faults.append(True)
    finder.report("DATE_UNREADABLE", np.array(faults, bool)[codes], letter, text=written)
    return [read[code] for code in codes]
