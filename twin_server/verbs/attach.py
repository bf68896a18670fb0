"""`cimtwin attach`: the features of an existing tileset are tied to the units of the model."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from twin_server.console import Answer, verb
from twin_server.options import SourceName, allow_option, city_option


@click.command(short_help="Bind an existing 3D Tiles tileset to the units, untouched.")
@click.argument("tileset", type=SourceName())
@city_option
@click.option("--id-property", "key", metavar="NAME", help="Property that holds the unit's id.")
@click.option("--rewrite", is_flag=True, help="Write 3D Tiles 1.1 with our property table too.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="building",
    show_default=True,
    help="Level of its features.",
)
@click.option(
    "--review",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A copy of the review list with decisions; they are kept and used again.",
)
@click.option("--crs", help="CRS of a tileset that is not in Earth-centred coordinates.")
@click.option("--url", default="", help="Where a platform serves this tileset; else we serve it.")
@click.option("--name", help="Name of the tileset; a binding of the same name is replaced.")
@allow_option
@verb
def attach(
    tileset: Path | str,
    city: Path,
    key: str | None,
    rewrite: bool,
    level: str,
    review: Path | None,
    crs: str | None,
    url: str,
    name: str | None,
    allow: tuple[str, ...],
    progress: Progress,
) -> Answer:
    """Bind the features of an existing tileset to the units of the newest model.

    TILESET is a folder, a tileset.json, a .3tz or a .3dtiles; not a byte of it is changed. An
    address is fetched once to be matched, and shown straight from its platform; its host must be
    listed in city.toml ([remote] allow).

    \b
    Examples:
      cimtwin attach /data/platform/tileset.json --city mycity
      cimtwin attach city.3tz --city mycity --id-property gml_id --rewrite
      cimtwin attach city.3tz --city mycity --review decided.csv
      cimtwin attach https://tiles.example/city/tileset.json --city mycity
    """
    from cim_bridge.binding.attach import attach as bind
    from cim_bridge.folder import CityFolder
    from cim_bridge.readers.remote.given import given
    from twin_server.audit import local_actor
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    named = _as_tileset(tileset)
    with (
        one_writer(folder),
        given(folder, [named], allow=allow, whole=True, progress=progress) as source,
    ):
        origin = source.origin or {}
        report = bind(
            folder, source.paths[0], level=level, key=key, review=review, rewrite=rewrite,
            crs=folder.config.system(crs),
            url=url or str(origin.get("address", "")), name=name or source.name,
            findings=source.issues, progress=progress,
        )  # fmt: skip
        store = open_store(folder)
        payload = {"binding": report.digest, "tileset": report.name, **report.counts}
        store.record("attach", payload, actor=local_actor())
        store.close()
    how = ", ".join(f"{word} {count:,}" for word, count in report.how.items()) or "—"
    lines = [
        f"binding {report.digest}: {report.counts['matched']:,} of {report.features:,} features "
        f"of {report.name} ({how})",
        f"  ambiguous {report.counts['ambiguous']:,}, unmatched {report.counts['unmatched']:,}, "
        f"units without a feature {report.units_without:,}",
        f"  review list: {report.review}",
        "  readers see it after `cimtwin publish`",
    ]
    features, matched = report.finest
    if features < report.features:
        coarse = f"of the {features:,} that nothing finer replaces, {matched:,} are matched"
        lines.insert(1, f"  {coarse}")
    data = {
        "binding": report.digest,
        "name": report.name,
        "features": report.features,
        **report.counts,
        "finest": {"features": report.finest[0], "matched": report.finest[1]},
        "how": report.how,
        "id_property": report.id_property,
        "units_without": report.units_without,
        "rewritten": report.manifest.get("rewritten"),
        "review": str(report.review),
    }
    return Answer(data, lines, report.issues)


def _as_tileset(tileset: Path | str) -> Path | str:
    """A tileset's address, said to be one."""
    if isinstance(tileset, Path) or tileset.lower().startswith("3dtiles:"):
        return tileset
    return f"3dtiles:{tileset}"
