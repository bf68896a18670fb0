"""Clouds of one source to one tileset of a release; those of other sources are taken over."""

from __future__ import annotations

import hashlib
import re
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.check.glb import split_glb
from cim_bridge.child import run_child
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.points.cloud import Cloud
from cim_bridge.staging import file_digest
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.store import ContentStore, compress_ahead

SECONDS, MEGABYTES = 3600.0, 16_000
"""Limits of the tiling child; numba reserves far more address space than it uses."""

KIND = "points"

_Z_TO_Y_UP = (1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1)
_JSON, _BIN = 0x4E4F534A, 0x004E4942


def write_clouds(
    clouds: Sequence[Cloud], source: str, out: Path, *, crs: str, height_offset: float,
    previous: Path | None, known: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Write tilesets into `out`, a release's `tiles`; return their manifest entries.

    source: the one being bridged, whose former tileset goes. known: the previous manifest.
    """
    store = ContentStore(out, previous)
    found: dict[str, dict[str, Any]] = {}
    kept = {entry["name"] for entry in known.get("sources", ())} - {source}
    for name, entry in known.get("tilesets", {}).items():
        if entry["kind"] == KIND and entry["source"] in kept and previous is not None:
            found[name] = _kept(name, entry, previous, store)
    if clouds:
        name = _name(source)
        inputs = _inputs(clouds, crs, height_offset)
        old = known.get("tilesets", {}).get(name, {})
        if old.get("inputs") == inputs and previous is not None:
            found[name] = _kept(name, old, previous, store)
        else:
            found[name] = _made(name, clouds, store, crs, height_offset)
            points = sum(cloud.count for cloud in clouds)
            found[name] |= {"source": source, "points": points, "inputs": inputs}
    return dict(sorted(found.items()))


def _name(source: str) -> str:
    """A folder name of ASCII that is the source's own."""
    slug = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")
    mark = "" if slug == source else hashlib.sha256(source.encode()).hexdigest()[:6]
    return "-".join(part for part in (KIND, slug, mark) if part)


def _inputs(clouds: Sequence[Cloud], crs: str, height_offset: float) -> str:
    told = [[file_digest(cloud.path), cloud.kind, cloud.crs, cloud.lift] for cloud in clouds]
    return hashlib.sha256(orjson.dumps([told, crs, height_offset])).hexdigest()


def _kept(name: str, entry: dict[str, Any], previous: Path, store: ContentStore) -> dict[str, Any]:
    data = (previous / name / "tileset.json").read_bytes()
    for content in _contents(orjson.loads(data)["root"]):
        store.keep(Path(content["uri"]).name)
    _write(store.folder / name, data)
    return entry


def _made(
    name: str, clouds: Sequence[Cloud], store: ContentStore, crs: str, height_offset: float
) -> dict[str, Any]:
    globe = Globe.of(crs, height_offset)
    boxes = np.array([cloud.box or cloud.bounds for cloud in clouds])
    middle = (boxes[:, :3].min(axis=0) + boxes[:, 3:].max(axis=0)) / 2
    frame = globe.frame(middle)
    with tempfile.TemporaryDirectory(prefix="cimtwin-points-") as folder:
        job = Path(folder)
        told = {
            "frame": frame.tolist(),
            "crs": crs,
            "height_offset": height_offset,
            "colored": any(cloud.colored for cloud in clouds),
            "clouds": [
                {
                    "path": str(cloud.path.resolve()),
                    "kind": cloud.kind,
                    "crs": cloud.crs,
                    "lift": cloud.lift,
                }
                for cloud in clouds
            ],
        }
        (job / "told.json").write_bytes(orjson.dumps(told))
        ended = run_child(
            "cim_bridge.points.worker", "tile", folder, seconds=SECONDS, megabytes=MEGABYTES
        )  # fmt: skip
        if not ended.well or not (job / "tiles" / "tileset.json").is_file():
            log = IssueLog()
            log.add("POINTS_NOT_TILED", file=clouds[0].path, reason=ended.reason)
            raise InputRefused(log)
        return _taken(name, job / "tiles", frame, store)


def _taken(name: str, made: Path, frame: Any, store: ContentStore) -> dict[str, Any]:
    """Put py3dtiles' contents into the store, and its root where the cloud lies on the globe."""
    document = orjson.loads((made / "tileset.json").read_bytes())
    root = document["root"]
    own = np.array(root.get("transform", np.eye(4).ravel()), np.float64).reshape(4, 4).T
    root["transform"] = (frame @ own).T.ravel().tolist()
    size = tiles = 0
    for content in _contents(root):
        data = _upright((made / content["uri"]).read_bytes())
        content["uri"] = f"../{store.put(data)}"
        size, tiles = size + len(data), tiles + 1
    document["asset"] = {"version": "1.1", "generator": "cimtwin, py3dtiles"}
    data = orjson.dumps(document)
    _write(store.folder / name, data)
    return {
        "kind": KIND,
        "uri": f"tiles/{name}/tileset.json",
        "features": 0,
        "tiles": tiles,
        "bytes": size,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _upright(data: bytes) -> bytes:
    """A GLB of py3dtiles, whose points have z up, in glTF's axes (y up)."""
    document, binary = split_glb(data)
    for node in document.get("nodes", []):
        node["matrix"] = list(_Z_TO_Y_UP)
    text = orjson.dumps(document)
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), _JSON)
    return head + text + struct.pack("<II", len(binary), _BIN) + binary


def _contents(tile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stack = [tile]
    while stack:
        one = stack.pop()
        stack += one.get("children", [])
        if "content" in one:
            yield one["content"]


def _write(folder: Path, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tileset.json").write_bytes(data)
    compress_ahead(folder / "tileset.json", data)
