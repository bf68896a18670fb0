"""`cimtwin compute`: indicators that the model itself suffices for."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option, year_option


@click.command(short_help="Compute the indicators that geometry and attributes suffice for.")
@city_option
@year_option
@click.option("--indicator", "indicators", multiple=True, metavar="CODE", help="Only these.")
@verb
def compute(city: Path, year: int, indicators: tuple[str, ...], progress: Progress) -> Answer:
    """Compute the indicators that geometry and attributes suffice for.

    Example: cimtwin compute --city mycity --year 2025 --indicator road_density
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.compute import compute as compute_values
    from twin_server.audit import local_actor
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    with one_writer(folder):
        report = compute_values(folder, year, list(indicators) or None, progress)
        store = open_store(folder)
        payload = {"batch": report.digest, "year": year, "rows": report.rows}
        store.record("compute", payload, actor=local_actor())
        store.close()
    return Answer(
        {"batch": report.digest, "rows": report.rows, "year": year},
        [f"batch {report.digest}: {report.rows:,} computed values for {year}"],
        report.log,
    )
