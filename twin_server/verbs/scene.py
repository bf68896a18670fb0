"""`cimtwin scene`: prepared views of a city, listed, checked, drawn and taken along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb
from twin_server.options import city_option

if TYPE_CHECKING:
    from cim_bridge.issues import IssueLog
    from scenes.scene import Published, Scene

_language = click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Language of what is written.",
)
_name = click.argument("name")
_maybe_name = click.argument("name", required=False)


@click.group(short_help="Prepared views: list, check, draw and export them.")
def scene() -> None:
    """Prepared views of a city: files in its folder scenes/, or made of what is published."""


@scene.command("list", short_help="List the scenes that can be shown.")
@city_option
@verb
def list_(city: Path, progress: Progress) -> Answer:
    """List the scenes that can be shown.

    Example: cimtwin scene list --city mycity
    """
    _, scenes, log = _open(city)
    data = [{**one.to_json(), "file": one.file or None} for one in scenes]
    lines = [
        f"{one.name:<20} {one.title['zh']} / {one.title['en']}  "
        f"{one.indicator} · {one.level} · {one.year}"
        for one in scenes
    ]
    return Answer(data, lines, log)


@scene.command(short_help="Check the scene files of a city.")
@_maybe_name
@city_option
@verb
def check(name: str | None, city: Path, progress: Progress) -> Answer:
    """Check the scene files of a city, or one scene, against what is published.

    Exit 1 on an error.

    Example: cimtwin scene check --city mycity
    """
    if name is None:
        published, scenes, log = _open(city)
    else:
        published, one, log = _chosen(city, name)
        scenes = [one]
    if "buildings" not in published.model.manifest["tilesets"]:
        log.add("SCENE_TILESET_MISSING", id="buildings")
    lines = [f"{len(scenes)} scenes, {len(log.errors)} errors, {len(log.warnings)} warnings"]
    return Answer({"scenes": len(scenes)}, lines, log, EXIT_REFUSED if log.errors else 0)


@scene.command(short_help="Draw a scene as a PNG picture.")
@_name
@city_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="NAME.png otherwise.")
@click.option("--size", type=(int, int), default=(1600, 900), show_default=True, help="Pixels.")
@click.option("--stop", type=click.IntRange(1), default=1, show_default=True, help="Of a tour.")
@_language
@verb
def still(
    name: str, city: Path, out: Path | None, size: tuple[int, int], stop: int, language: str,
    progress: Progress,
) -> Answer:  # fmt: skip
    """Draw a scene, or one stop of a tour, as a PNG picture, without a browser.

    Example: cimtwin scene still overview --city mycity --out overview.png
    """
    from scenes.picture import scene_still

    published, wanted, log = _chosen(city, name)
    progress.stage("draw")
    view = wanted.views[min(stop, len(wanted.views)) - 1]
    file = scene_still(view, published, out or Path(f"{name}.png"), size=size, language=language)
    progress.done()
    return Answer({"file": str(file), "scene": wanted.to_json()}, [str(file)], log)


@scene.command(short_help="Draw every scene and every stop into a folder.")
@city_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="stills",
    show_default=True,
    help="Folder of the pictures.",
)
@click.option("--size", type=(int, int), default=(1600, 900), show_default=True, help="Pixels.")
@_language
@verb
def stills(
    city: Path, out: Path, size: tuple[int, int], language: str, progress: Progress
) -> Answer:
    """Draw every scene as NAME.png, and the stops of a tour as NAME-1.png, NAME-2.png and so on.

    Example: cimtwin scene stills --city mycity --out pictures
    """
    from scenes.picture import scene_still

    published, scenes, log = _open(city)
    jobs = {
        (f"{one.name}-{number}" if one.stops else one.name): view
        for one in scenes
        for number, view in enumerate(one.views, start=1)
    }
    progress.stage("draw", len(jobs))
    files = []
    for name, view in jobs.items():
        path = out / f"{name}.png"
        files.append(str(scene_still(view, published, path, size=size, language=language)))
        progress.advance(1)
    progress.done()
    return Answer({"files": files}, files, log)


@scene.command(short_help="Make a tour of the gravest problems.")
@_maybe_name
@city_option
@click.option("--unit", default="", help="A district or any other unit, such as district:370602.")
@click.option("--year", type=int, help="Checkup year; the newest otherwise.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="scenes/tour.json else."
)
@click.option("--force", is_flag=True, help="Write over a file that differs.")
@verb
def tour(
    name: str | None, city: Path, unit: str, year: int | None, out: Path | None, force: bool,
    progress: Progress,
) -> Answer:  # fmt: skip
    """Make a tour of at most seven problems, seen from cameras that are proved by casting rays.

    It is a scene file like any other: edit its words, stops and views as you like. NAME is what
    the scene is called, otherwise tour or tour-UNIT.

    Example: cimtwin scene tour --city mycity --unit district:370602
    """
    from cim_bridge.folder import CityFolder
    from scenes.tour import make_tour
    from twin_server.scenebook import written

    called = _fit_name(name)
    published, _, _ = _open(city)
    progress.stage("tour")
    made, log = make_tour(published, unit=unit, year=year, name=called)
    path = out or CityFolder.open(city).scenes / f"{made.name}.json"
    content = written(made)
    if path.is_file() and path.read_bytes() != content and not force:
        log.add("SCENE_FILE_THERE", file=path, path=path)
        log.raise_if_errors()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    progress.done()
    lines = [
        f"{number}. {stop.title['zh']} / {stop.title['en']}"
        for number, stop in enumerate(made.stops, start=1)
    ]
    return Answer({"file": str(path), "scene": made.to_json()}, [*lines, str(path)], log)


@scene.command(short_help="Write a scene as one file that opens without a server.")
@_name
@city_option
@click.option("--out", type=click.Path(path_type=Path), help="NAME.html, or with --script NAME.")
@click.option("--unit", default="", help="Only what lies in it, such as district:370602.")
@click.option("--year", type=int, multiple=True, help="Years to take along; all otherwise.")
@click.option(
    "--redact",
    type=click.Choice(["full", "public"]),
    default="full",
    show_default=True,
    help="public: only sums of at least 10 buildings.",
)
@click.option("--script", is_flag=True, help="A folder with a page of Cesium calls instead.")
@click.option(
    "--cesium",
    type=click.Path(path_type=Path, file_okay=False),
    help="CesiumJS's Build/Cesium; the one that comes along otherwise.",
)
@_language
@verb
def export(
    name: str, city: Path, out: Path | None, unit: str, year: tuple[int, ...], redact: str,
    script: bool, cesium: Path | None, language: str, progress: Progress,
) -> Answer:  # fmt: skip
    """Write a scene as one HTML file: a double click opens it, with no server and no network.

    With --script: a folder with index.html and CesiumJS, for people who go on in code.

    Example: cimtwin scene export tour --city mycity --unit district:370602 --out tour.html
    """
    from scenes.offline import write_offline
    from scenes.page import scene_page
    from viewer import engine_dir

    published, wanted, log = _chosen(city, name)
    if script and redact == "public":
        log.add("SCENE_SCRIPT_PUBLIC", id=name)
        log.raise_if_errors()
    source = cesium or engine_dir()
    progress.stage("export")
    if script:
        page = scene_page(wanted.views[0], published, out or Path(name), source, language=language)
        progress.done()
        return Answer({"file": str(page), "scene": wanted.to_json()}, [str(page)], log)
    file = out or Path(f"{name}.html")
    manifest, found = write_offline(
        wanted, published, file, source, unit=unit, years=year, redact=redact, language=language
    )
    progress.done()
    log.extend(found)
    line = f"{file}: {manifest['bytes'] / 1e6:.1f} MB, {manifest['redaction']}"
    return Answer({"file": str(file), "manifest": manifest}, [line], log)


@scene.command(short_help="Write the figures, tables and lists of a checkup report.")
@click.argument("place", metavar="[UNIT]", required=False)
@city_option
@click.option("--unit", default="", help="CITY or a district such as district:370602; the city.")
@click.option("--year", type=int, help="Checkup year; the newest otherwise.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder report else.")
@click.option(
    "--figures", type=click.IntRange(0, 60), default=14, show_default=True, help="Maps at the most."
)
@_language
@verb
def report(
    place: str | None, city: Path, unit: str, year: int | None, out: Path | None, figures: int,
    language: str, progress: Progress,
) -> Answer:  # fmt: skip
    """Write report.docx, .pdf, .xlsx, tables and figures for each chapter of a checkup report.

    The PDF needs LibreOffice on this machine; without it an Issue says so.

    Example: cimtwin scene report --unit district:370602 --year 2025 --city mycity --out report
    """
    from cim_bridge.folder import CityFolder
    from scenes.report import make_report, write_report
    from twin_server.reporting import report_facts

    progress.stage("facts")
    unit = unit or place or ""
    wanted = "" if unit.upper() == "CITY" else unit
    facts = report_facts(CityFolder.open(city), wanted, year)
    made = make_report(facts, figures)
    pack = write_report(
        made, facts.published, out or Path("report"), language=language, progress=progress
    )
    files = [path for path in (pack.document, pack.pdf, pack.workbook) if path is not None]
    told = {
        "files": [str(path) for path in [*files, *pack.figures, *pack.tables]],
        "unit": facts.unit["id"],
        "year": facts.year,
    }
    return Answer(told, [str(path) for path in files], pack.log)


def _fit_name(name: str | None) -> str:
    """A name that a scene may have; "" for none. Raises WrongUse."""
    import re

    from cim_bridge.errors import WrongUse
    from scenes.reading import schema

    if name and not re.search(schema()["properties"]["name"]["pattern"], name):
        raise WrongUse(
            f"场景名只用文字、数字、- 和 _ / a scene cannot be called {name}: "
            "letters, digits, - and _ only"
        )
    return name or ""


def _chosen(city: Path, name: str) -> tuple[Published, Scene, IssueLog]:
    """One scene and what is said of it; a file that cannot be shown is refused with its reasons."""
    from cim_bridge.errors import InputRefused
    from cim_bridge.issues import IssueLog
    from scenes.catalogue import choose

    published, scenes, log = _open(city)
    try:
        found = choose(scenes, name)
    except InputRefused as exc:
        log.extend(exc.log)
        raise InputRefused(log) from exc
    own = (found.file or found.name, found.name)
    return published, found, IssueLog(one for one in log if one.place.file in own)


def _open(city: Path) -> tuple[Published, list[Scene], IssueLog]:
    """What is published and the scenes that show it; refused where nothing is."""
    from cim_bridge.errors import InputRefused
    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import IssueLog
    from cim_bridge.release import open_model
    from indicator_overlays.results_reader import Results
    from indicator_overlays.system import load_systems
    from scenes.catalogue import scenes_of
    from twin_server.scenebook import published_of
    from twin_server.store import open_store

    folder = CityFolder.open(city)
    store = open_store(folder)
    current = store.current()
    store.close()
    if current is None or not current.results:
        log = IssueLog()
        log.add("SCENE_UNPUBLISHED", city=city)
        raise InputRefused(log)
    published = published_of(
        folder,
        current,
        open_model(folder, current.model),
        Results(folder.results / current.results),
        load_systems(folder),
    )
    scenes, found = scenes_of(folder.scenes, published)
    return published, scenes, found
