"""`cimtwin diagnose`: which rules fire where, before anything is published."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option, year_option


@click.command(short_help="Run the diagnosis rules on the values of a year.")
@city_option
@year_option
@verb
def diagnose(city: Path, year: int, progress: Progress) -> Answer:
    """Run the diagnosis rules on the values of a year; publish pins their result.

    Example: cimtwin diagnose --city mycity --year 2025
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.diagnose import diagnose as run_rules

    folder = CityFolder.open(city)
    report = run_rules(folder, year, progress)
    counts = {name: report.count(name) for name in ("high", "medium", "low")}
    total = sum(counts.values())
    return Answer(
        {"year": year, "problems": total, "counts": counts, "assessed": report.assessed},
        [f"{year}: {total:,} problems", *(f"  {k}: {v:,}" for k, v in counts.items())],
        report.log,
    )
