"""Foreign geometry written again as 3D Tiles 1.1 with our property table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.binding.targets import Targets
from cim_bridge.mesh import NONE
from cim_bridge.progress import SILENT, Progress
from cim_bridge.tiles import quadtree
from cim_bridge.tiles.encode import profile_of, tile_part
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.painted import Painted
from cim_bridge.tiles.quadtree import Node
from cim_bridge.tiles.store import ContentStore, compress_ahead
from cim_bridge.tiles.texels import loads
from cim_bridge.tiles.tileset import Tile, document
from cim_bridge.tilesin.gather import Features

I64 = npt.NDArray[np.int64]


def rewrite(
    features: Features, target: I64, names: npt.NDArray[Any], targets: Targets, out: Path,
    *, globe: Globe, synthetic: bool, progress: Progress = SILENT,
) -> dict[str, Any]:  # fmt: skip
    """Write `out/tiles/<level>/tileset.json`; returns the manifest's entry.

    Features of one unit become one feature with its id and row; those of none keep their own name
    and have row 0xFFFFFFFF. Vertices are in the model CRS. Base colours and their images are kept
    where the features were read with their looks; other maps (normals, metal) are not.
    """
    source = _feature_set(features, target, names, targets)
    store = ContentStore(out / "tiles")
    profile = profile_of("portable")
    written, painted = 0, Painted()
    progress.stage("write tiles", len(source))

    def tile(node: Node) -> Tile:
        nonlocal written
        if node.children:
            return Tile.above([tile(child) for child in node.children])
        part, data = tile_part(source, node.features, globe, profile)
        painted.note(part)
        written += len(data)
        progress.advance(len(node.features))
        return Tile.leaf(part, store.put(data))

    root = tile(quadtree.build(source.centres(), loads(source)))
    folder = out / "tiles" / targets.level
    folder.mkdir(parents=True)
    data = orjson.dumps(document(root, synthetic=synthetic))
    (folder / "tileset.json").write_bytes(data)
    compress_ahead(folder / "tileset.json", data)
    progress.done()
    return {
        "uri": f"tiles/{targets.level}/tileset.json",
        "features": len(source),
        "tiles": root.count(),
        "bytes": written,
        **painted.entry(features.look.materials if features.look is not None else ()),
    }


def _feature_set(
    features: Features, target: I64, names: npt.NDArray[Any], targets: Targets
) -> FeatureSet:
    mine = (features.owner >= 0) & features.finest[np.maximum(features.owner, 0)]
    owner = features.owner[mine]
    own = len(targets) + np.arange(len(features))
    key = np.where(target >= 0, target, own)[owner]
    used, place = np.unique(key, return_inverse=True)
    known = used < len(targets)
    at = np.where(known, used, 0)
    free = np.where(known, 0, used - len(targets))
    ids = np.where(known, targets.source_ids[at] if len(targets) else "", names[free])
    row = np.where(known, targets.row[at] if len(targets) else 0, NONE)
    group = np.where(known, targets.group[at] if len(targets) else 0, NONE)
    return FeatureSet.of(
        features.vertices, features.triangles[mine], place, ids.tolist(), row, group=group,
        look=None if features.look is None else features.look.take(mine),
    )  # fmt: skip
