"""`cimtwin check`: is a tileset, a city folder or a scene right?"""

from __future__ import annotations

from pathlib import Path

import click

from cim_bridge.issues import IssueLog
from cim_bridge.progress import Progress
from twin_server.console import EXIT_REFUSED, Answer, verb


@click.command(short_help="Check a tileset, a city folder or a scene.")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@verb
def check(path: Path, progress: Progress) -> Answer:
    """Check a tileset (tileset.json, .glb or its folder), a city folder or a scene file.

    Exit 1 on an error. A scene is held against its schema; `scene check` also holds it against a
    city.

    Example: cimtwin check mycity/models/1f…/tiles/buildings/tileset.json
    """
    from cim_bridge.check import check_city, check_tileset
    from cim_bridge.folder import CityFolder

    is_city = path.is_dir() and (path / "city.toml").is_file()
    if is_city:
        log = check_city(CityFolder.open(path))
    else:
        found = _scene(path)
        log = check_tileset(path) if found is None else found
    errors, warnings = len(log.errors), len(log.warnings)
    return Answer(
        {"path": str(path), "errors": errors, "warnings": warnings},
        [f"{path}: {errors} error(s), {warnings} warning(s)"],
        log,
        EXIT_REFUSED if errors else 0,
    )


def _scene(path: Path) -> IssueLog | None:
    """What is wrong with a scene file; None where the file is no scene."""
    import orjson

    from scenes.reading import LARGEST, read_scene

    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > LARGEST:
        return None
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or "asset" in found or not {"name", "title"} & set(found):
        return None
    log = IssueLog()
    read_scene(path, log)
    return log
