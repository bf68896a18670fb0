"""Periods: a text code with a first and a last day; a checkup year stands for the latest one."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of whole days, both included; it sorts by its end, then by its start."""

    end: dt.date
    start: dt.date
    code: str

    @classmethod
    def of(cls, code: str, start: dt.date, end: dt.date) -> Period:
        """Make a period from its dates; raises ValueError when it ends before it starts."""
        if end < start:
            raise ValueError(f"period {code!r} ends ({end}) before it starts ({start})")
        return cls(end, start, code)


_YEAR = re.compile(r"(\d{4})\s*年?(?:度)?")
_QUARTER = re.compile(r"(\d{4})\s*(?:年|[-/])?\s*(?:[Qq]([1-4])|第?([一二三四1-4])季度?)")
_HALF = re.compile(r"(\d{4})\s*(?:年|[-/])?\s*(?:[Hh]([12])|([上下])半年)")
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.年]\s*)(\d{1,2})\s*月?|(\d{4})(\d{2})")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_YEARS = re.compile(r"(\d{4})\s*年?\s*(?:-|–|—|~|至)\s*(\d{4}|\d{2})\s*年?")
_SPAN = re.compile(r"(.+?)\s*(?:\.\.|/(?=\d{4})|~|至)\s*(.+)")
_QUARTER_WORDS = {"一": 1, "二": 2, "三": 3, "四": 4}


def parse_period(written: str) -> Period:
    """Read a period code; raises ValueError when its dates do not follow from it.

    Known: 2024, 2024年, 2024Q3, 2024-H1, 2024-05, 2024-05-17, 2017-2021, 2017-21 and
    2023-07-01..2023-08-31. Seasons and other names need explicit start and end dates.
    """
    code = unicodedata.normalize("NFKC", written).strip()
    for pattern, reader in _READERS:
        match = pattern.fullmatch(code)
        if match is not None:
            start, end = reader(match)
            return Period.of(canonical(start, end) or code.replace("/", "-"), start, end)
    span = _SPAN.fullmatch(code)
    if span is not None:
        return Period.of(code, parse_date(span.group(1)), parse_date(span.group(2)))
    raise ValueError(f"period {written!r} gives no dates by itself")


def parse_date(written: str) -> dt.date:
    """Read one day: 2024-05-17, 2024/5/17, 2024.5.17, 2024年5月17日, 20240517."""
    text = unicodedata.normalize("NFKC", written).strip()
    text = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$", "", text)
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{written!r} is not a date")
    year, month, day = (int(part) for part in match.groups() if part is not None)
    return dt.date(year, month, day)


def canonical(start: dt.date, end: dt.date) -> str:
    """Return the one spelling of a calendar year, half, quarter, month or day; "" for others."""
    year, whole = start.year, start.day == 1 and end == _month_end(end.year, end.month)
    months = (end.year - year) * 12 + end.month - start.month + 1
    if start == end:
        return start.isoformat()
    if not whole or end.year != year or (start.month - 1) % months:
        return ""
    number = (start.month - 1) // months + 1
    codes = {12: f"{year}", 6: f"{year}H{number}", 3: f"{year}Q{number}"}
    return codes.get(months, f"{year}-{start.month:02d}" if months == 1 else "")


def year_period(year: int) -> Period:
    """Return a calendar year."""
    return Period.of(str(year), dt.date(year, 1, 1), dt.date(year, 12, 31))


def _month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _year(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    year = int(match.group(1))
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def _quarter(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    year, word = int(match.group(1)), match.group(2) or match.group(3)
    number = _QUARTER_WORDS.get(word) or int(word)
    return dt.date(year, 3 * number - 2, 1), _month_end(year, 3 * number)


def _half(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    year, word = int(match.group(1)), match.group(2) or match.group(3)
    first = word in {"1", "上"}
    return dt.date(year, 1 if first else 7, 1), _month_end(year, 6 if first else 12)


def _month(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    year, month = (int(part) for part in match.groups() if part is not None)
    if not 1 <= month <= 12:
        raise ValueError(f"{match.group(0)!r} has no month {month}")
    return dt.date(year, month, 1), _month_end(year, month)


def _day(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    day = parse_date(match.group(0))
    return day, day


def _years(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    first, last = match.group(1), match.group(2)
    end = int(last) if len(last) == 4 else int(first[:2] + last)
    return dt.date(int(first), 1, 1), dt.date(end, 12, 31)


def _short_span(match: re.Match[str]) -> tuple[dt.date, dt.date]:
    """`2017-21` is five years, `2024-05` a month: two digits up to 12 are a month."""
    last = match.group(2)
    if len(last) == 2 and 1 <= int(last) <= 12 and "-" in match.group(0):
        year, month = int(match.group(1)), int(last)
        return dt.date(year, month, 1), _month_end(year, month)
    return _years(match)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[dt.date, dt.date]]], ...] = (
    (_YEAR, _year),
    (_QUARTER, _quarter),
    (_HALF, _half),
    (_YEARS, _short_span),
    (_DAY, _day),
    (_MONTH, _month),
)
