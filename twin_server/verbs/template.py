"""`cimtwin template`: a workbook that a district or department fills and `load` reads."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option, year_option


@click.command(short_help="Make a workbook to collect values in.")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@city_option
@year_option
@click.option("--system", help="Indicator system; the city's default.")
@click.option("--unit", help="Only this unit and what lies in it, for example district:370602.")
@click.option("--category", help="Only indicators of this category.")
@click.option("--department", help="Only indicators that the task table gives this department.")
@click.option("--level", type=click.Choice(LEVELS), help="Only this level.")
@verb
def template(
    out: Path,
    city: Path,
    year: int,
    system: str | None,
    unit: str | None,
    category: str | None,
    department: str | None,
    level: str | None,
    progress: Progress,
) -> Answer:
    """Make an XLSX workbook to collect values in: a sheet a level, a line a unit.

    \b
    Examples:
      cimtwin template district.xlsx --city mycity --year 2025 --unit district:370602
      cimtwin template housing.xlsx --city mycity --year 2025 --department 住房城乡建设局
    """
    from cim_bridge.folder import CityFolder
    from indicator_overlays.collecting import templates
    from indicator_overlays.template import write_template

    del progress
    folder = CityFolder.open(city)
    sheets = templates(
        folder,
        year,
        system=system or folder.config.default_system,
        unit=unit or "",
        category=category or "",
        department=department or "",
        level=level or "",
    )
    write_template(out, sheets)
    told = [
        {"level": s.level, "units": len(s.rows), "indicators": len(s.indicators)} for s in sheets
    ]
    return Answer(
        {"file": str(out), "sheets": told},
        [f"{out}", *(f"  {s['level']}: {s['indicators']} x {s['units']:,}" for s in told)],
    )
