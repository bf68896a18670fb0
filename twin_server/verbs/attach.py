"""`cimtwin attach`: the features of an existing tileset are tied to the units of the model."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import city_option


@click.command(short_help="Bind an existing 3D Tiles tileset to the units, untouched.")
@click.argument("tileset", type=click.Path(path_type=Path, exists=True))
@city_option
@click.option("--id-property", "key", metavar="NAME", help="Property that holds the unit's id.")
@click.option("--rewrite", is_flag=True, help="Write 3D Tiles 1.1 with our property table too.")
@click.option("--level", type=click.Choice(LEVELS), default="building", show_default=True)
@click.option(
    "--review",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A review.csv with decisions; they are kept and used again.",
)
@click.option("--crs", help="CRS of a tileset that is not in Earth-centred coordinates.")
@click.option("--url", default="", help="Where a platform serves this tileset; else we serve it.")
@click.option("--name", help="Name of the tileset; a binding of the same name is replaced.")
@verb
def attach(
    tileset: Path,
    city: Path,
    key: str | None,
    rewrite: bool,
    level: str,
    review: Path | None,
    crs: str | None,
    url: str,
    name: str | None,
    progress: Progress,
) -> Answer:
    """Bind the features of an existing tileset to the units of the newest model.

    TILESET is a folder, a tileset.json, a .3tz or a .3dtiles; not a byte of it is changed.

    \b
    Examples:
      cimtwin attach /data/platform/tileset.json --city mycity
      cimtwin attach city.3tz --city mycity --id-property gml_id --rewrite
      cimtwin attach city.3tz --city mycity --review decided.csv
    """
    from cim_bridge.binding.attach import attach as bind
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    with one_writer(folder):
        report = bind(
            folder, tileset, level=level, key=key, review=review, rewrite=rewrite,
            crs=folder.config.system(crs),
            url=url, name=name, progress=progress,
        )  # fmt: skip
        store = open_store(folder)
        payload = {"binding": report.digest, "tileset": report.name, **report.counts}
        store.record("attach", payload, actor=local_actor())
        store.close()
    how = ", ".join(f"{word} {count:,}" for word, count in report.how.items()) or "—"
    where = folder.bindings / report.digest
    lines = [
        f"binding {report.digest}: {report.counts['matched']:,} of {report.features:,} features "
        f"of {report.name} ({how})",
        f"  ambiguous {report.counts['ambiguous']:,}, unmatched {report.counts['unmatched']:,}, "
        f"units without a feature {report.units_without:,}",
        f"  review list: {where / 'review.csv'}",
    ]
    data = {
        "binding": report.digest,
        "name": report.name,
        "features": report.features,
        **report.counts,
        "how": report.how,
        "id_property": report.id_property,
        "units_without": report.units_without,
        "rewritten": report.manifest.get("rewritten"),
        "review": str(where / "review.csv"),
    }
    return Answer(data, lines, report.issues)
