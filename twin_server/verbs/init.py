"""`cimtwin init`: a new, empty city folder."""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import Answer, verb


@click.command(short_help="Make a new, empty city folder.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="Name of the city, as people should read it.")
@click.option("--name-en", default="", help="The English name, where it differs.")
@click.option("--crs", required=True, help="CRS of the model, such as EPSG:4549.")
@click.option("--synthetic", is_flag=True, help="The data is made up; every view will say so.")
@verb
def init(
    directory: Path, name: str, name_en: str, crs: str, synthetic: bool, progress: Progress
) -> Answer:
    """Make a new, empty city folder.

    Example: cimtwin init manhattan --name 曼哈顿 --name-en Manhattan --crs EPSG:32618
    """
    from cim_bridge.crs import known
    from cim_bridge.errors import WrongUse
    from cim_bridge.folder import CityFolder
    from twin_server.audit import local_actor
    from twin_server.store import open_store

    if (directory / "city.toml").exists():
        raise WrongUse(
            f"{directory} 已有城市，换一个文件夹 / already holds a city; choose another folder"
        )
    known(crs)
    folder = CityFolder.init(directory, name=name, name_en=name_en, crs=crs, synthetic=synthetic)
    store = open_store(folder)
    store.record("init", {"name": name, "crs": crs}, actor=local_actor())
    store.close()
    return Answer(
        {"city": str(directory), "name": dict(folder.config.name), "crs": folder.config.crs},
        [f"{directory}: {name} ({crs})", f"Next: cimtwin bridge SOURCE --city {directory}"],
    )
