"""All tilesets of one city model, written into a release's `tiles` folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.issues import IssueLog
from cim_bridge.model import CityModel
from cim_bridge.progress import SILENT, Progress
from cim_bridge.tiles import quadtree
from cim_bridge.tiles.buildings import building_features
from cim_bridge.tiles.columns import Columns, parent_rows
from cim_bridge.tiles.context import context_layers
from cim_bridge.tiles.detail import Details
from cim_bridge.tiles.encode import Encoder, encoder
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.massing import Massing, mass, pieces_of
from cim_bridge.tiles.part import Part, cut
from cim_bridge.tiles.quadtree import Node
from cim_bridge.tiles.store import ContentStore, compress_ahead
from cim_bridge.tiles.strings import I64
from cim_bridge.tiles.tileset import Tile, document

_WIDEST = 2048.0
"""Metres: cells of draped layers are no wider, so that 16-bit positions do."""


@dataclass
class _Writer:
    """What every tileset of one run shares."""

    globe: Globe
    encode: Encoder
    store: ContentStore
    progress: Progress
    synthetic: bool
    written: int = 0

    def content(self, source: FeatureSet, chosen: I64) -> tuple[Part, str]:
        part = cut(source, chosen, self.globe)
        data = self.encode(part, source)
        self.written += len(data)
        self.progress.advance(len(chosen))
        return part, self.store.put(data)


def write_tilesets(
    model: CityModel,
    out: Path,
    *,
    profile: str = "portable",
    previous: Path | None = None,
    progress: Progress = SILENT,
    log: IssueLog | None = None,
) -> dict[str, dict[str, Any]]:
    """Write every tileset of a model into `out`; return the manifest's `tilesets`.

    previous: the `tiles` folder of an earlier release, from which equal contents are linked.
    """
    log = IssueLog() if log is None else log
    writer = _Writer(
        Globe.of(model.crs, model.height_offset),
        encoder(profile),
        ContentStore(out, previous),
        progress,
        model.synthetic,
    )
    found: dict[str, dict[str, Any]] = {}
    units = Columns.of(model, "building")
    buildings = building_features(model.mesh, units)
    if len(buildings):
        found["buildings"] = _write_buildings(model, writer, units, buildings, out)
        found["buildings"]["profile"] = profile
    _report_missing(units, buildings, log)
    for layer in context_layers(model, buildings, log):
        if len(layer.features):
            entry = _write_flat(writer, layer.name, layer.features, out)
            found[layer.name] = {**layer.entry, **entry}
    return found


def _report_missing(units: Columns, buildings: FeatureSet, log: IssueLog) -> None:
    drawn = np.zeros(len(units), bool)
    drawn[buildings.row] = True
    absent = np.flatnonzero(~drawn & ~units.removed)
    if len(absent):
        first = units.ids[absent[0]]
        log.add("TILES_BUILDING_WITHOUT_SHAPE", id=first, count=len(absent))


def _write_buildings(
    model: CityModel, writer: _Writer, units: Columns, buildings: FeatureSet, out: Path
) -> dict[str, Any]:
    writer.progress.stage("buildings", len(buildings))
    blocks = Columns.of(model, "block")
    centres = buildings.centres()
    massing: Massing | None = None
    if len(blocks):
        block = parent_rows(model, "block")[buildings.row]
        piece = pieces_of(block, centres)
        massing = mass(buildings, units, blocks, block, piece)
        size = np.bincount(piece)
        centres = np.column_stack(
            [np.bincount(piece, centres[:, axis])[piece] / size[piece] for axis in (0, 1)]
        )
    tree = quadtree.build(centres, buildings.counts * 2)
    root = Details(buildings, massing, writer.content).tile(tree)
    entry = _finish(writer, "buildings", root, out, len(buildings))
    level = "block" if massing is not None and _has_massing(root) else None
    return {"kind": "units", "level": "building", "massing_level": level, **entry}


def _has_massing(tile: Tile) -> bool:
    if not tile.children:
        return False
    return tile.uri is not None or any(_has_massing(child) for child in tile.children)


def _write_flat(writer: _Writer, name: str, features: FeatureSet, out: Path) -> dict[str, Any]:
    """Write a tileset with one level of detail."""
    writer.progress.stage(name, len(features))
    tree = quadtree.build(features.centres(), features.counts, widest=_WIDEST)
    root = _flat_tile(tree, writer, features)
    return _finish(writer, name, root, out, len(features))


def _flat_tile(node: Node, writer: _Writer, features: FeatureSet) -> Tile:
    if node.children:
        return Tile.above([_flat_tile(child, writer, features) for child in node.children])
    return Tile.leaf(*writer.content(features, node.features))


def _finish(writer: _Writer, name: str, root: Tile, out: Path, features: int) -> dict[str, Any]:
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    data = orjson.dumps(document(root, synthetic=writer.synthetic))
    (folder / "tileset.json").write_bytes(data)
    compress_ahead(folder / "tileset.json", data)
    entry = {
        "uri": f"tiles/{name}/tileset.json",
        "features": features,
        "tiles": root.count(),
        "bytes": writer.written,
    }
    writer.written = 0
    writer.progress.done()
    return entry
