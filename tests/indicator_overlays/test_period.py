"""Period codes and the dates they stand for."""

from __future__ import annotations

import datetime as dt

import pytest

from indicator_overlays.period import Period, parse_date, parse_period


@pytest.mark.parametrize(
    ("written", "code", "start", "end"),
    [
        ("2024", "2024", "2024-01-01", "2024-12-31"),
        ("2024年", "2024", "2024-01-01", "2024-12-31"),
        ("２０２４", "2024", "2024-01-01", "2024-12-31"),
        ("2024Q3", "2024Q3", "2024-07-01", "2024-09-30"),
        ("2024年第三季度", "2024Q3", "2024-07-01", "2024-09-30"),
        ("2024H2", "2024H2", "2024-07-01", "2024-12-31"),
        ("2024上半年", "2024H1", "2024-01-01", "2024-06-30"),
        ("2024-02", "2024-02", "2024-02-01", "2024-02-29"),
        ("2023年2月", "2023-02", "2023-02-01", "2023-02-28"),
        ("2017-2021", "2017-2021", "2017-01-01", "2021-12-31"),
        ("2017-21", "2017-21", "2017-01-01", "2021-12-31"),
        ("2024-05-17", "2024-05-17", "2024-05-17", "2024-05-17"),
        ("2023-07-01..2023-08-31", "2023-07-01..2023-08-31", "2023-07-01", "2023-08-31"),
    ],
)
def test_a_period_code_has_a_first_and_a_last_day(
    written: str, code: str, start: str, end: str
) -> None:
    period = parse_period(written)
    assert (period.code, str(period.start), str(period.end)) == (code, start, end)


@pytest.mark.parametrize("written", ["", "Summer 2022", "2024Q5", "2024-13", "2024-02-30", "next"])
def test_a_period_without_dates_of_its_own_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"period|date|day|month"):
        parse_period(written)


def test_a_period_never_ends_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends"):
        Period.of("x", dt.date(2022, 2, 1), dt.date(2022, 1, 1))


def test_days_are_read_as_people_write_them() -> None:
    for written in ("2024-05-07", "2024/5/7", "2024年5月7日", "20240507", "2024-05-07T00:00:00"):
        assert parse_date(written) == dt.date(2024, 5, 7)
