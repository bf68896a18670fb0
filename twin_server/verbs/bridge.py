"""`cimtwin bridge`: a CIM source becomes part of a model release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cim_bridge.levels import LEVELS
from cim_bridge.progress import Progress
from cim_bridge.tilekinds import PROFILES, TILINGS
from twin_server.console import Answer, verb
from twin_server.options import allow_option, city_option, sources_argument


@click.command(short_help="Read CIM sources into a new model release with tiles.")
@sources_argument
@city_option
@click.option("--level", type=click.Choice(LEVELS), help="Level of the units in the source.")
@click.option("--layer", help="Context layer: roads, parks, water, green, ground, facilities, …")
@click.option("--crs", help="CRS of the source: a code, GCJ-02, BD-09, a local grid.")
@click.option("--lod", help="Level of detail to read, such as 1 or 2.2; the finest by default.")
@click.option(
    "--profile", type=click.Choice(PROFILES), help="Tiles for any client (portable), or small."
)
@click.option(
    "--tiling", type=click.Choice(TILINGS), help="Tiles listed one by one, or by subtrees."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that make tiles.",
)
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler whose workers make tiles instead.")
@click.option("--key", metavar="COLUMN", help="Column that holds the unit's id.")
@click.option("--where", metavar="COLUMN=VALUE", help="Read only the rows with this value.")
@click.option("--anchor", metavar="E,N,H", help="Where the origin of an IFC file or mesh lies.")
@click.option("--heading", type=float, default=0.0, metavar="DEG", help="From north to its y axis.")
@click.option("--up", type=click.Choice(["y", "z"]), help="Axis that points up; by format if not.")
@click.option("--height-offset", type=float, default=0.0, metavar="M", help="Added to its heights.")
@click.option("--coordinates", metavar="X,Y|WKT", help="Columns of the place in a CSV or XLSX.")
@click.option("--name", help="Name of the source; a source of the same name is replaced.")
@allow_option
@click.option("--attribution", default="", help="Credit that the source's licence asks for.")
@click.option("--licence", default="", help="Licence of the source.")
@verb
def bridge(
    sources: tuple[Path | str, ...],
    city: Path,
    level: str | None,
    layer: str | None,
    crs: str | None,
    lod: str | None,
    profile: str | None,
    tiling: str | None,
    jobs: int,
    dask: str | None,
    key: str | None,
    where: str | None,
    anchor: str | None,
    heading: float,
    up: str | None,
    height_offset: float,
    coordinates: str | None,
    name: str | None,
    allow: tuple[str, ...],
    attribution: str,
    licence: str,
    progress: Progress,
) -> Answer:
    """Read CIM sources into a new model release with tiles.

    \b
    Examples:
      cimtwin bridge denhaag.city.json --city haag
      cimtwin bridge blocks.gpkg --city haag --level block --key block_id
      cimtwin bridge roads.gpkg --city haag --layer roads
      cimtwin bridge schools.xlsx --city haag --layer facilities --crs GCJ-02
      cimtwin bridge denhaag.city.json --city haag --profile lean --tiling implicit --jobs 8
      cimtwin bridge house.ifc --city haag --anchor 80000,455000,2 --heading 30
      cimtwin bridge scan.laz --city haag --layer points
      cimtwin bridge https://gis.example/ogc/collections/houses --city haag --level building
      cimtwin bridge "https://gis.example/wfs?typeName=t:houses" --city haag --level building
      cimtwin bridge https://gis.example/rest/services/x/FeatureServer/0 --city haag --level plot
      cimtwin bridge https://tiles.example/city/tileset.json --city haag --level building
      cimtwin bridge postgresql://reader@db.example/citydb --city haag

    An address is OGC API Features (.../collections/NAME), WFS 2.0 or 1.1 (?typeName=, .../wfs),
    ArcGIS REST (.../FeatureServer/0) or 3D Tiles (.../tileset.json); a prefix oapif:, wfs:, arcgis:
    or 3dtiles: says it where the address does not; postgresql://user@host/database is a 3DCityDB 5,
    whose password is taken from PGPASSWORD or ~/.pgpass. Its host must be listed in city.toml
    ([remote] allow) or given with --allow-host. What does not come whole is not taken.
    """
    from cim_bridge.build import bridge as build
    from cim_bridge.crs import known
    from cim_bridge.folder import CityFolder
    from cim_bridge.reader import Wish
    from cim_bridge.readers.remote.given import given
    from cim_bridge.workers import crew_of
    from twin_server.audit import local_actor
    from twin_server.store import open_store
    from twin_server.writing import one_writer

    folder = CityFolder.open(city)
    if crs:
        known(folder.config.system(crs) or crs)
    with (
        one_writer(folder),
        given(
            folder,
            sources,
            allow=allow,
            crs=folder.config.system(crs),
            wish=Wish(level, layer, folder.config.system(crs), lod, key, where),
            progress=progress,
        ) as source,
        crew_of(jobs, dask) as crew,
    ):
        report = build(
            folder,
            source.paths,
            level=level,
            layer=layer,
            crs=crs,
            lod=lod,
            profile=profile,
            tiling=tiling,
            key=key,
            where=where,
            anchor=anchor,
            heading=heading,
            up=up,
            height_offset=height_offset,
            coordinates=coordinates,
            name=name or source.name,
            attribution=attribution or source.attribution,
            licence=licence,
            origin=source.origin,
            findings=source.issues,
            crew=crew,
            progress=progress,
        )
        store = open_store(folder)
        payload = {"model": report.digest, "sources": source.names}
        store.record("bridge", payload, actor=local_actor())
        store.close()
    counts = ", ".join(f"{word} {count:,}" for word, count in report.counts.items() if count)
    return Answer(
        {
            "model": report.digest,
            "source": report.source,
            "features": report.features,
            "counts": report.counts,
            "changes": report.changes,
        },
        [
            f"model {report.digest}: {report.features:,} from {report.source}",
            f"  {counts}",
            *_changed(report.changes),
        ],
        report.issues,
    )


def _changed(changes: dict[str, Any] | None) -> list[str]:
    """A line for each level on which the new model differs from the one before."""
    from cim_bridge.changes import KINDS

    lines = []
    for level, counts in changes["levels"].items() if changes else ():
        told = [f"{counts[kind]:,} {kind}" for kind in KINDS if counts[kind]]
        if told:
            lines.append(f"  {level}: {', '.join(told)}, {counts['unchanged']:,} unchanged")
    return lines
