"""`cimtwin check`: is a tileset, a city folder or a scene right?"""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb


@click.command(short_help="Check a tileset or a city folder.")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@verb
def check(path: Path, progress: Progress) -> Answer:
    """Check a tileset (tileset.json, .glb or its folder) or a city folder; exit 1 on an error.

    Example: cimtwin check mycity/models/1f…/tiles/buildings/tileset.json
    """
    from cim_bridge.check import check_city, check_tileset
    from cim_bridge.folder import CityFolder

    is_city = path.is_dir() and (path / "city.toml").is_file()
    log = check_city(CityFolder.open(path)) if is_city else check_tileset(path)
    errors, warnings = len(log.errors), len(log.warnings)
    return Answer(
        {"path": str(path), "errors": errors, "warnings": warnings},
        [f"{path}: {errors} error(s), {warnings} warning(s)"],
        log,
        EXIT_REFUSED if errors else 0,
    )
