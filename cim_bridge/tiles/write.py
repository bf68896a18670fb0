"""All tilesets of one city model, written into a release's `tiles` folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog
from cim_bridge.mapped import trim
from cim_bridge.model import CityModel
from cim_bridge.progress import SILENT, Progress
from cim_bridge.tiles import quadtree
from cim_bridge.tiles.ahead import Ahead, Manner
from cim_bridge.tiles.blocks import has_finer
from cim_bridge.tiles.city import U32, TiledCity
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.context import SURFACES, Layer, context_layers
from cim_bridge.tiles.detail import Details
from cim_bridge.tiles.encode import Profile, profile_of, tile_part
from cim_bridge.tiles.far import Far
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.finished import Finished
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.ground import Ground
from cim_bridge.tiles.listing import write_listing
from cim_bridge.tiles.massing import Massing, mass, pieces_of
from cim_bridge.tiles.painted import Painted, looks_of
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.quadtree import Node
from cim_bridge.tiles.reuse import Previous, inputs_digest
from cim_bridge.tiles.shades import Shades
from cim_bridge.tiles.store import ContentStore, Packed
from cim_bridge.tiles.stored import features_of, stored_blocks
from cim_bridge.tiles.strings import I64
from cim_bridge.tiles.texels import loads
from cim_bridge.tiles.tileset import Tile
from cim_bridge.workers import ALONE, Crew

if TYPE_CHECKING:
    from cim_bridge.flow.resume import Resume

_WIDEST = 2048.0
"""Metres: cells of draped layers are no wider, so that 16-bit positions do."""


@dataclass
class _Writer:
    """What every tileset of one run shares."""

    city: TiledCity
    profile: Profile
    implicit: bool
    globe: Globe
    store: ContentStore
    previous: Previous
    progress: Progress
    finished: Finished
    ahead: Ahead
    written: int = 0
    painted: Painted = field(default_factory=Painted)

    def building(self, source: FeatureSet, chosen: I64) -> tuple[Part, str]:
        """Write a content of the one layer that may be tiled implicitly."""
        return self.content(source, chosen, absolute=self.implicit)

    def content(
        self, source: FeatureSet, chosen: I64, *, absolute: bool = False
    ) -> tuple[Part, str]:
        key = self.finished.key(chosen)
        known = self.finished.take(key, chosen, self.store)
        if known is None:
            part, data, copies = self._made(source, chosen, absolute)
            name, size = self.store.put(data, copies), len(data)
            self.finished.note(key, part, name, size, self.store)
        else:
            part, name, size = known
        self.painted.note(part)
        self.written += size
        self.progress.advance(len(chosen))
        return part, name

    def _made(
        self, source: FeatureSet, chosen: I64, absolute: bool
    ) -> tuple[Part, bytes, Packed | None]:
        """A content from whoever made it, with its compressed copies if it has them already."""
        made = self.ahead.take(source, chosen)
        if made is not None:
            return made[0], made[1].plain, made[1]
        part, data = tile_part(source, chosen, self.globe, self.profile, absolute=absolute)
        source.release()
        return part, data, None

    def plan(self, source: FeatureSet, tree: Node, *, absolute: bool = False) -> None:
        """Have the leaves of a tree made ahead, in the order in which they come."""
        city = self.city
        manner = Manner(city.crs, city.height_offset, self.profile.name, absolute)
        self.ahead.plan(source, [leaf.features for leaf in tree.leaves()], manner)

    def inputs(self, layer: str) -> str:
        """Add to the inputs of a layer what holds for all of them."""
        city = self.city
        return inputs_digest(
            layer, city.crs, city.height_offset, city.synthetic, self.profile.name,
            self.implicit,
        )  # fmt: skip


def write_tilesets(
    model: CityModel | TiledCity,
    out: Path,
    *,
    profile: str = "portable",
    tiling: str = "explicit",
    previous: Path | None = None,
    progress: Progress = SILENT,
    log: IssueLog | None = None,
    resume: Resume | None = None,
    crew: Crew = ALONE,
) -> dict[str, dict[str, Any]]:
    """Write every tileset of a model into `out`; return the manifest's `tilesets`.

    profile, tiling: see cim_bridge.tilekinds; of the layers the buildings alone are tiled
    implicitly, the others being small.
    previous: the `tiles` folder of an earlier release, from which equal contents are linked, and
    whole tilesets whose inputs are the same without being made again.
    resume: where contents are kept for a run that follows this one, were it killed.
    crew: who makes the finest tiles; the bytes are the same.
    """
    log = IssueLog() if log is None else log
    city = TiledCity.of(model) if isinstance(model, CityModel) else model
    finished = Finished(resume.folder / "contents" if resume is not None and resume.kept else None)
    writer = _Writer(
        city, profile_of(profile), tiling == "implicit", Globe.of(city.crs, city.height_offset),
        ContentStore(out, previous), Previous(previous), progress, finished,
        Ahead(crew, finished.holds),
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    units = Columns.of(city, "building")
    buildings = cache(lambda: features_of(city.mesh, units))
    if len(city.mesh):
        entry = _buildings(writer, units, buildings)
        if entry is not None:
            found["buildings"] = entry
    broken = found.get("buildings", {}).get("unreadable_images")
    if broken:
        log.add("TEXTURE_UNREADABLE", **broken)
    absent = found["buildings"].get("undrawn") if "buildings" in found else _undrawn(
        FeatureSet.none(), units.ids, ~units.removed
    )  # fmt: skip
    if absent:
        log.add("TILES_BUILDING_WITHOUT_SHAPE", **absent)
    ground = Ground(city, (*SURFACES, "object"), buildings)
    for layer in context_layers(city, ground):
        entry = _layer(writer, layer)
        if layer.ids is not None and layer.wanted is not None:
            absent = entry.get("undrawn")
            if absent:
                log.add("TILES_UNIT_WITHOUT_AREA", level=layer.name, **absent)
        if entry["features"]:
            found[layer.name] = entry
    if resume is not None and writer.finished.taken:
        resume.reused["contents"] = writer.finished.taken
    return found


def _undrawn(
    features: FeatureSet, ids: Sequence[str], wanted: npt.NDArray[np.bool_]
) -> dict[str, Any] | None:
    """How many units should be seen and are not, and the id of the first."""
    absent = wanted.copy()
    absent[features.row] = False
    first = np.flatnonzero(absent)
    return {"count": len(first), "id": ids[first[0]]} if len(first) else None


def _layer(writer: _Writer, layer: Layer) -> dict[str, Any]:
    inputs = writer.inputs(layer.inputs)
    known = writer.previous.take(layer.name, inputs, writer.store)
    if known is not None:
        return known
    features = layer.features(0.0)
    entry = dict(layer.entry)
    if layer.ids is not None and layer.wanted is not None:
        absent = _undrawn(features, layer.ids, layer.wanted)
        entry |= {"undrawn": absent} if absent else {}
    if not len(features):
        return {**entry, "features": 0}
    return {**entry, "inputs": inputs, **_write_flat(writer, layer, features)}


def _buildings(
    writer: _Writer, units: Columns, buildings: Callable[[], FeatureSet]
) -> dict[str, Any] | None:
    """Write the buildings' tileset, or take it over; None when there is nothing to see."""
    blocks = Columns.of(writer.city, "block")
    block = writer.city.parent_rows("block") if len(blocks) else None
    mesh = writer.city.mesh
    inputs = writer.inputs(
        inputs_digest(
            "buildings", mesh.vertices, mesh.triangles, mesh.feature, mesh.lod, mesh.surface,
            *looks_of(mesh), units.ids, units.group, units.removed, blocks.ids, block,
            units.geometry if block is not None or has_finer(mesh) else None,
        )
    )  # fmt: skip
    known = writer.previous.take("buildings", inputs, writer.store)
    if known is not None:
        return known
    features = buildings()
    if not len(features):
        return None
    entry = _write_buildings(writer, units, blocks, block, features)
    entry |= writer.painted.entry(mesh.materials)
    absent = _undrawn(features, units.ids, ~units.removed)
    entry |= {"undrawn": absent} if absent else {}
    return {**entry, "profile": writer.profile.name, "inputs": inputs}


def _write_buildings(
    writer: _Writer, units: Columns, blocks: Columns, block: U32 | None, buildings: FeatureSet
) -> dict[str, Any]:
    writer.progress.stage("buildings", len(buildings))
    centres = buildings.centres()
    massing: Massing | None = None
    if block is not None:
        own = block[buildings.row]
        piece = pieces_of(own, centres)
        massing = mass(buildings, units, blocks, own, piece)
        size = np.bincount(piece)
        centres = np.column_stack(
            [np.bincount(piece, centres[:, axis])[piece] / size[piece] for axis in (0, 1)]
        )
    tree = quadtree.build(centres, loads(buildings))
    del centres
    trim()
    plain = stored_blocks(writer.city.mesh, units, buildings)
    writer.plan(buildings, tree, absolute=writer.implicit)
    details = Details(buildings, massing, plain, Shades(len(buildings)), writer.building)
    root = details.tile(tree)
    entry = _finish(writer, "buildings", root, len(buildings), implicit=writer.implicit)
    level = "block" if details.massed else None
    return {"kind": "units", "level": "building", "massing_level": level, **entry}


def _write_flat(writer: _Writer, layer: Layer, features: FeatureSet) -> dict[str, Any]:
    """Write a draped layer, with what stands for it from afar."""
    writer.progress.stage(layer.name, len(features))
    tree = quadtree.build(features.centres(), features.counts, widest=_WIDEST)
    writer.plan(features, tree)
    root = Far(features, layer.features, writer.content).tile(tree)
    return _finish(writer, layer.name, root, len(features))


def _finish(
    writer: _Writer, name: str, root: Tile, features: int, *, implicit: bool = False
) -> dict[str, Any]:
    listed = write_listing(
        writer.store.folder / name, root, implicit=implicit, synthetic=writer.city.synthetic
    )
    entry = {
        "uri": f"tiles/{name}/tileset.json",
        "features": features,
        "tiles": root.count(),
        "bytes": writer.written,
        **listed,
    }
    writer.written = 0
    writer.progress.done()
    return entry
