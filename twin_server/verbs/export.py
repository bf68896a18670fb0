"""`cimtwin export`: the model or its units with the published results, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option

_FORMATS = (
    "cityjson", "cityjsonseq", "citygml", "gpkg", "geoparquet", "flatgeobuf", "geojson", "csv",
    "xlsx", "pmtiles",
)  # fmt: skip


@click.command(short_help="Write the model or its units with results, proved equal.")
@click.argument("out", type=click.Path(path_type=Path))
@city_option
@click.option(
    "--format", "form", required=True, type=click.Choice(_FORMATS), help="Format of the file."
)
@click.option("--level", type=click.Choice(LEVELS), help="Only this level; all of them otherwise.")
@click.option("--year", type=int, help="Checkup year; the latest otherwise.")
@click.option("--system", help="Indicator system; the city's default otherwise.")
@click.option("--gml", type=click.Choice(["2.0", "3.0"]), default="2.0", help="CityGML version.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the proof of equality here, as JSON.",
)
@verb
def export(
    out: Path,
    city: Path,
    form: str,
    level: str | None,
    year: int | None,
    system: str | None,
    gml: str,
    report: Path | None,
    progress: Progress,
) -> Answer:
    """Write the model or its units with the published results, read it back and compare.

    A file that is not equal to what the city holds is not kept, and the exit code is 1.

    \b
    Examples:
      cimtwin export blocks.gpkg --city mycity --format gpkg --level block --year 2025
      cimtwin export city.city.json --city mycity --format cityjson --report proof.json
    """
    import orjson

    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import IssueLog
    from twin_server.audit import local_actor
    from twin_server.export import Wanted, export_city
    from twin_server.pinned import Pin
    from twin_server.store import open_store
    from twin_server.twin import open_twin

    folder = CityFolder.open(city)
    store = open_store(folder)
    progress.stage(f"export {form}")
    twin = open_twin(folder, Pin(folder, store, 0)())
    made = export_city(twin, out, form, Wanted(level, year, system, gml))
    told = made.report(form)
    if report is not None:
        report.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    log = IssueLog()
    for proof in made.proofs:
        if not proof.equal:
            log.add("WRITER_NOT_EQUAL", file=proof.file, reason=proof.reason)
        elif proof.how == "mesh" and form != "citygml":
            log.add("WRITER_FROM_MESH", file=proof.file, count=proof.ids_out)
    log.raise_if_errors()
    counts = made.counts
    store.record("export", {"file": out.name, "format": form, **counts}, actor=local_actor())
    store.close()
    progress.done()
    lines = [f"{out}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items())]
    lines += [f"  {proof.file}: {proof.how}, {proof.ids_out:,} ids, equal" for proof in made.proofs]
    return Answer({"file": str(out), "counts": counts, "report": told}, lines, log)
