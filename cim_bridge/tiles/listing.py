"""The files that say which tiles there are: tileset.json, and for implicit tiling its subtrees."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.tilekinds import CONTENTS
from cim_bridge.tiles.implied import CONTENT, SUBTREE, Cell, Implied
from cim_bridge.tiles.store import compress_ahead, link_with_copies
from cim_bridge.tiles.tileset import Tile, document


def write_listing(folder: Path, root: Tile, *, implicit: bool, synthetic: bool) -> dict[str, Any]:
    """Write the files of one tileset into `<tiles>/<name>`; return the manifest's part about them.

    The contents lie in the folder above. An implicit tileset has links to them under the names its
    template gives, so that any file server serves it; the links take no space.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if implicit:
        return _implied(folder, Implied.of(root), synthetic)
    data = orjson.dumps(document(root, synthetic=synthetic))
    return _put(folder / "tileset.json", data)


def _implied(folder: Path, implied: Implied, synthetic: bool) -> dict[str, Any]:
    contents = implied.contents()
    for cell, name in contents.items():
        level, x, y = (int(part) for part in cell.split("/"))
        target = folder / _filled(CONTENT, (level, x, y))
        target.parent.mkdir(parents=True, exist_ok=True)
        link_with_copies(folder.parent / name, target)
    for top, data in implied.subtrees().items():
        file = folder / _filled(SUBTREE, top)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / CONTENTS).write_bytes(orjson.dumps(contents))
    document = orjson.dumps(implied.document(synthetic=synthetic))
    return {**_put(folder / "tileset.json", document), "tiling": "implicit"}


def _filled(template: str, cell: Cell) -> str:
    level, x, y = cell
    return template.format(level=level, x=x, y=y)


def _put(file: Path, data: bytes) -> dict[str, Any]:
    file.write_bytes(data)
    compress_ahead(file, data)
    return {"sha256": hashlib.sha256(data).hexdigest()}


def listed_contents(folder: Path) -> list[str]:
    """Names of the content files that a tileset's listing speaks of."""
    if (folder / CONTENTS).is_file():
        return list(orjson.loads((folder / CONTENTS).read_bytes()).values())
    found, waiting = [], [orjson.loads((folder / "tileset.json").read_bytes())["root"]]
    while waiting:
        tile = waiting.pop()
        waiting += tile.get("children", ())
        if "content" in tile:
            found.append(Path(tile["content"]["uri"]).name)
    return found


def take_listing(source: Path, target: Path) -> None:
    """Link every file of a tileset's listing into another release."""
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.suffix not in (".br", ".gz"):
            link = target / file.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link_with_copies(file, link)
