"""Writing a model release: units, triangles, parents, tiles, findings, and the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from cim_bridge.errors import Damaged
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.mapped import trim
from cim_bridge.mesh import F64, Mesh
from cim_bridge.parents import parent_column
from cim_bridge.progress import SILENT, Progress
from cim_bridge.release import UNITS, ModelRelease
from cim_bridge.staging import file_digest, stage
from cim_bridge.table import Columns, UnitsFile, arrow_table, kinds_of
from cim_bridge.workers import ALONE, Crew

if TYPE_CHECKING:
    from cim_bridge.assemble import Assembled
    from cim_bridge.flow.resume import Resume
    from cim_bridge.points.cloud import Cloud


def write_model(
    folder: CityFolder,
    model: Assembled,
    crs: str,
    sources: list[dict[str, Any]],
    issues: list[dict[str, Any]],
    general: IssueLog,
    *,
    profile: str,
    tiling: str = "explicit",
    previous: ModelRelease | None,
    progress: Progress = SILENT,
    source: str = "",
    clouds: Sequence[Cloud] = (),
    resume: Resume | None = None,
    crew: Crew = ALONE,
) -> str:
    """Write a whole model release in a staging folder and commit it; returns its digest.

    issues: what the sources gave; general: findings about the whole model, to which tiling adds.
    source: the one being bridged; clouds: its point clouds, in place. resume: where finished
    stages are kept. crew: who makes tiles.
    """
    from cim_bridge.points.tiles import write_clouds
    from cim_bridge.tiles import write_tilesets
    from cim_bridge.tiles.city import TiledCity

    config = folder.config
    with stage(folder.models) as staging:
        progress.stage("write units")
        _write_units(model, crs, staging.path / UNITS)
        trim()  # what its writer held, which goes only with it
        mesh = _write_mesh(model, staging.path / "mesh")
        if model.ground is not None:
            model.ground.save(staging.path / "ground")
        parents = _write_parents(model, staging.path)
        city = TiledCity(
            crs, model.levels, mesh, model.ground, config.height_offset, config.synthetic,
            model.stored,
        )  # fmt: skip
        tilesets = write_tilesets(
            city, staging.path / "tiles", profile=profile, tiling=tiling,
            previous=previous.path / "tiles" if previous else None, progress=progress,
            log=general, resume=resume, crew=crew,
        )  # fmt: skip
        tilesets |= write_clouds(
            clouds, source, staging.path / "tiles", crs=crs, height_offset=config.height_offset,
            previous=previous.path / "tiles" if previous else None,
            known=previous.manifest if previous else {},
        )  # fmt: skip
        every = [*issues, *({**issue, "source": ""} for issue in general.to_json())]
        (staging.path / "issues.json").write_bytes(orjson.dumps(every))
        manifest = {
            "kind": "model",
            "format": 1,
            "crs": crs,
            "height_offset": config.height_offset,
            "synthetic": config.synthetic,
            "profile": profile,
            "tiling": tiling,
            "levels": _levels(model, folder),
            "sources": sources,
            "parents": parents,
            "tilesets": tilesets,
            "tool": {"name": "cimtwin", "version": _version()},
            **_extents(model, crs, config.height_offset, clouds),
        }
        progress.stage("commit")
        digest = staging.commit(manifest)
    progress.done()
    return digest


def _tables(model: Assembled) -> Iterator[Any]:
    """All units as Arrow tables, from the city down."""
    for level in LEVELS:
        if level == "building" and model.stored is not None:
            yield from model.stored.tables()
        elif level in model.levels:
            yield arrow_table(model.levels[level])


def _write_units(model: Assembled, crs: str, path: Path) -> None:
    kinds = {kind for part in model.levels.values() for kind in kinds_of(part["geometry"])}
    kinds |= model.stored.facts.kinds if model.stored is not None else set()
    with UnitsFile(path, crs, kinds) as file:
        for table in _tables(model):
            file.add(table)
            del table  # or it would stay beside the next
            trim()


def _write_mesh(model: Assembled, path: Path) -> Mesh:
    """Put the triangles into the release; return them, on disk where they were."""
    if model.stored is None:
        if len(model.mesh):
            model.mesh.save(path)
        return model.mesh
    if not model.stored.mesh.triangles:
        return Mesh.none()
    shutil.move(model.stored.mesh.folder, path)
    return Mesh.load(path)


def _write_parents(model: Assembled, path: Path) -> dict[str, dict[str, Any]]:
    (path / "parents").mkdir()
    found: dict[str, dict[str, Any]] = {}
    for level in PARENT_LEVELS:
        if level in model.levels:
            uri = f"parents/{level}.u32"
            if model.stored is not None:
                shutil.copyfile(model.stored.parents[level], path / uri)
            else:
                rows = parent_column(model.levels, level)
                (path / uri).write_bytes(rows.astype("<u4").tobytes())
            length = (path / uri).stat().st_size // 4
            found[level] = {"uri": uri, "sha256": file_digest(path / uri), "length": length}
    return found


def _levels(model: Assembled, folder: CityFolder) -> dict[str, dict[str, Any]]:
    counts = {
        level: (int((~part["removed"].astype(bool)).sum()), len(part["row"]))
        for level, part in model.levels.items()
    }
    if model.stored is not None:
        counts["building"] = (model.stored.facts.living, model.stored.facts.rows)
    return {
        level: {
            "count": counts[level][0],
            "rows": counts[level][1],
            "label": dict(folder.config.label(level)),
        }
        for level in LEVELS
        if level in counts
    }


def _extents(
    model: Assembled, crs: str, height_offset: float, clouds: Sequence[Cloud] = ()
) -> dict[str, Any]:
    """`extent`: where the buildings are (else everything), with heights; `bounds`: everything."""
    from cim_bridge.crs import lonlat_box

    boxes = {name: _box(columns) for name, columns in model.levels.items() if name != "city"}
    spans = [_span(mesh) for mesh in (model.mesh, model.ground) if mesh is not None and len(mesh)]
    if model.stored is not None:
        boxes["building"] = model.stored.facts.box
        if model.stored.mesh.triangles:
            spans.append((model.stored.mesh.low, model.stored.mesh.high))
    every = [box for box in boxes.values() if box is not None]
    every += [(*low[:2].tolist(), *high[:2].tolist()) for low, high in spans]
    every += [(*cloud.box[:2], *cloud.box[3:5]) for cloud in clouds if cloud.box]
    whole = np.array(every)
    total = (*whole[:, :2].min(axis=0).tolist(), *whole[:, 2:].max(axis=0).tolist())
    focus = lonlat_box(boxes.get("building") or total, crs)
    bounds = lonlat_box(total, crs)
    spans = spans or [(np.zeros(3), np.zeros(3))]
    low = min(float(low[2]) for low, _ in spans) + height_offset
    high = max(float(high[2]) for _, high in spans) + height_offset
    if focus is None or bounds is None:
        raise Damaged("the model has no place on the Earth")
    names = ("west", "south", "east", "north")
    extent = {name: round(value, 9) for name, value in zip(names, focus, strict=True)}
    extent |= {"min_height": round(low, 3), "max_height": round(high, 3)}
    return {"extent": extent, "bounds": [round(value, 9) for value in bounds]}


def _box(columns: Columns) -> tuple[float, float, float, float] | None:
    import shapely

    box = shapely.total_bounds(columns["geometry"])
    if not np.isfinite(box).all():
        return None
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _span(mesh: Mesh) -> tuple[F64, F64]:
    return mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cim-twin")
    except PackageNotFoundError:
        return "0"
