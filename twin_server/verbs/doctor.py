"""`cimtwin doctor`: what is in a source, what will work, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb
from twin_server.options import SourceName, allow_option

if TYPE_CHECKING:
    from cim_bridge.doctor.city import City
    from cim_bridge.issues import IssueLog
    from cim_bridge.reader import Wish

_COLOURS = {"✓": "green", "!": "yellow", "✗": "red", "·": "blue"}


@click.command(short_help="Say what is in a source, what will work, what is wrong.")
@click.argument("sources", nargs=-1, type=SourceName())
@click.option(
    "--table",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Table of values beside the sources.",
)
@click.option("--key", metavar="COLUMN", help="Column of the table that names the unit.")
@click.option(
    "--city",
    type=click.Path(path_type=Path, file_okay=False),
    help="City they are meant for; alone: is it fit to be served.",
)
@click.option("--crs", help="CRS of the sources, where the files do not say it.")
@click.option("--level", type=click.Choice(LEVELS), help="Level of the units in the sources.")
@click.option("--layer", help="Context layer that the sources are.")
@click.option("--id", "id_column", metavar="COLUMN", help="Column of the sources with the id.")
@click.option("--anchor", metavar="E,N,H", help="Where the origin of an IFC file or mesh lies.")
@allow_option
@click.option("--verbose", is_flag=True, help="Every fact and every note.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one page to this file."
)
@verb
def doctor(
    sources: tuple[Path | str, ...],
    table: Path | None,
    key: str | None,
    city: Path | None,
    crs: str | None,
    level: str | None,
    layer: str | None,
    id_column: str | None,
    anchor: str | None,
    allow: tuple[str, ...],
    verbose: bool,
    html: Path | None,
    progress: Progress,
) -> Answer:
    """Say what is in a source, what will work and what is wrong; nothing is written.

    The first line is the verdict, followed by what to type next. Exit 0: it works as typed.
    Without --key the column of the table that fits best is taken. --html FILE is the only file
    that is ever written.

    \b
    Examples:
      cimtwin doctor buildings.city.json
      cimtwin doctor buildings.shp --city mycity --html doctor.html
      cimtwin doctor buildings.city.json --table values.xlsx --key 楼栋编号
      cimtwin doctor platform/tileset.json --city mycity
      cimtwin doctor --city mycity --table values.csv
      cimtwin doctor --city mycity
      cimtwin doctor https://gis.example/ogc/collections/houses --city mycity

    With --city alone the deployment is looked at: rights, space, files against their hashes, the
    record, clock, versions, settings.

    An address is fetched to be looked at (see `cimtwin bridge --help`) and then removed; it needs
    --city, whose list of hosts is heeded.
    """
    from cim_bridge.anchor import Anchor
    from cim_bridge.doctor.city import City
    from cim_bridge.doctor.page import page
    from cim_bridge.doctor.terminal import lines
    from cim_bridge.errors import WrongUse
    from cim_bridge.folder import CityFolder
    from cim_bridge.reader import Wish
    from twin_server.doctor import diagnose

    if not sources and table is None and city is not None:
        return _deployment(city)
    if not sources and (table is None or city is None):
        raise WrongUse(
            "请给出要检查的文件，或 --city（可加 --table）/ "
            "give sources to look at, or --city, alone or with --table"
        )
    where = City(CityFolder.open(city)) if city is not None else None
    if where is not None:
        crs = where.folder.config.system(crs)
    place = crs or (where.folder.config.crs if where else None)
    if anchor and place is None:
        raise WrongUse(
            "--anchor 需要 --crs 或 --city 说明坐标系 / "
            "--anchor needs --crs or --city, the system of its numbers"
        )
    at = Anchor.of(anchor, 0.0, place) if anchor and place else None
    wish = Wish(level=level, layer=layer, crs=crs, key=id_column, anchor=at)
    tables = [table] if table else []
    with _local(sources, where, allow, wish, progress) as (paths, address, findings):
        report = diagnose(
            paths, tables, wish, where, key, progress, address=address, findings=findings
        )
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    told = [_coloured(line) for line in lines(report, verbose=verbose)]
    exit_code = 0 if report.verdict.word == "works" else EXIT_REFUSED
    return Answer(report.to_json(), told, report.log, exit_code, issues_told=True)


def _deployment(city: Path) -> Answer:
    """Is this city fit to be served here?"""
    from dataclasses import asdict

    from cim_bridge.folder import CityFolder
    from twin_server.operate.checkup import check_up
    from twin_server.settings import read_settings

    folder = CityFolder.open(city)
    found = check_up(folder, read_settings(config=folder.config))
    wrong = sum(item.mark == "✗" for item in found)
    verdict = "不可上线 / not fit to serve" if wrong else "可以上线 / fit to serve"
    lines = [_coloured(f"{'✗' if wrong else '✓'} {verdict}"), *(_coloured(i.line()) for i in found)]
    told = {"city": str(city), "wrong": wrong, "checks": [asdict(item) for item in found]}
    return Answer(told, lines, exit_code=EXIT_REFUSED if wrong else 0)


@contextmanager
def _local(
    sources: tuple[Path | str, ...], city: City | None, allow: tuple[str, ...], wish: Wish,
    progress: Progress,
) -> Iterator[tuple[tuple[Path, ...], str, IssueLog]]:  # fmt: skip
    """Local files of the sources, the address they came from ("" none) and what fetching found."""
    from cim_bridge.errors import WrongUse
    from cim_bridge.issues import IssueLog
    from cim_bridge.readers.remote.given import given

    paths = tuple(source for source in sources if isinstance(source, Path))
    if len(paths) == len(sources):
        yield paths, "", IssueLog()
        return
    if city is None:
        raise WrongUse(
            "读取地址需要 --city，其中列出允许的主机 / "
            "an address needs --city, whose list of hosts is heeded"
        )
    with given(
        city.folder, sources, allow=allow, crs=wish.crs, whole=True, wish=wish, progress=progress
    ) as found:
        yield found.paths, str(sources[0]), found.issues


def _coloured(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return click.style(line[:1], fg=colour, bold=True) + line[1:] if colour else line
