"""`cimtwin doctor`: what is in a source, before anything is written."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb


@click.command(short_help="Say what is in a source, what will work, what is wrong.")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--table", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", metavar="COLUMN", help="Column of the table that names the unit.")
@click.option("--city", type=click.Path(path_type=Path, file_okay=False))
@click.option("--crs", help="CRS of the sources, where the files do not say it.")
@click.option("--level", type=click.Choice(LEVELS), help="Level of the units in the sources.")
@click.option("--layer", help="Context layer that the sources are.")
@click.option("--id", "id_column", metavar="COLUMN", help="Column of the sources with the id.")
@verb
def doctor(
    sources: tuple[Path, ...],
    table: Path | None,
    key: str | None,
    city: Path | None,
    crs: str | None,
    level: str | None,
    layer: str | None,
    id_column: str | None,
    progress: Progress,
) -> Answer:
    """Say what is in a source, what will work, what is wrong; nothing is written.

    \b
    Examples:
      cimtwin doctor buildings.city.json
      cimtwin doctor buildings.city.json --table values.xlsx --key 楼栋编号
      cimtwin doctor --city mycity --table values.csv --key block_id
    """
    from cim_bridge.errors import WrongUse
    from cim_bridge.folder import CityFolder
    from cim_bridge.reader import Wish
    from twin_server.doctor import Diagnosis, examine_source, examine_table

    if table is not None and key is None:
        raise WrongUse("--table needs --key COLUMN, the column that names the unit")
    if not sources and (table is None or city is None):
        raise WrongUse("give sources to look at, or --city with --table and --key")
    folder = CityFolder.open(city) if city is not None else None
    if folder is not None:
        crs = folder.config.system(crs)
    found = Diagnosis()
    wish = Wish(level=level, layer=layer, crs=crs, key=id_column)
    for source in sources:
        examine_source(source, wish, folder, found)
    if table is not None and key is not None and (found.units or folder is not None):
        examine_table(table, key, folder, found)
    exit_code = EXIT_REFUSED if found.log.errors else 0
    return Answer(found.data, found.lines, found.log, exit_code)
