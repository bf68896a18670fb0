"""A model release on disk: opened lazily, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import Damaged, NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.progress import SILENT, Progress
from cim_bridge.staging import file_digest, read_manifest, stage

if TYPE_CHECKING:
    import geopandas as gpd

    from cim_bridge.assemble import Assembled
    from cim_bridge.model import CityModel
    from cim_bridge.points.cloud import Cloud
    from cim_bridge.table import Columns

UNITS = "units.parquet"


@dataclass(frozen=True)
class ModelRelease:
    """One immutable model: its manifest, units, parents, mesh and tiles."""

    path: Path
    digest: str
    manifest: dict[str, Any]

    @cached_property
    def units(self) -> gpd.GeoDataFrame:
        """Units of every level, sorted by level then row (columns: cim_bridge.model)."""
        from cim_bridge.table import read_columns, to_frame

        return to_frame(read_columns(self.path / UNITS), self.manifest["crs"])

    def columns(self, *names: str) -> Any:
        """Some columns of the units as a pyarrow Table: no geometry is decoded."""
        import pyarrow.parquet as pq

        return pq.read_table(self.path / UNITS, columns=list(names))

    def parents(self, level: str) -> npt.NDArray[np.uint32]:
        """For every building row the row of its unit at `level` (0xFFFFFFFF none)."""
        known = self.manifest["parents"].get(level)
        if known is None:
            raise NotFound(f"model {self.digest} has no units of level {level} above buildings")
        found = np.fromfile(self.path / known["uri"], "<u4")
        if len(found) != known["length"]:
            raise Damaged(f"{known['uri']} of model {self.digest} has a wrong length")
        return found

    def mesh(self) -> Mesh:
        """Building triangles, memory-mapped; `feature` is the building row."""
        folder = self.path / "mesh"
        return Mesh.load(folder) if folder.is_dir() else Mesh.none()

    def ground(self) -> Mesh | None:
        """Return the ground as a TIN, or None when none was bridged."""
        folder = self.path / "ground"
        return Mesh.load(folder) if folder.is_dir() else None

    def issues(self) -> list[dict[str, Any]]:
        """Findings of the bridging that made this release, as JSON."""
        import orjson

        found: list[dict[str, Any]] = orjson.loads((self.path / "issues.json").read_bytes())
        return found

    def model(self) -> CityModel:
        """Return everything as a CityModel."""
        from cim_bridge.model import CityModel

        return CityModel(
            crs=self.manifest["crs"],
            units=self.units,
            mesh=self.mesh(),
            ground=self.ground(),
            height_offset=self.manifest["height_offset"],
            synthetic=self.manifest["synthetic"],
        )


def open_model(folder: CityFolder, digest: str | None = None) -> ModelRelease:
    """Open a model release of a city; the newest unless a digest is given."""
    wanted = digest or folder.head_model()
    if wanted is None:
        raise NotFound(f"{folder.path.name} has no model yet: run `cimtwin bridge` first")
    path = folder.models / wanted
    if not path.is_dir():
        raise NotFound(f"{folder.path.name} has no model release {wanted}")
    return ModelRelease(path, wanted, read_manifest(path))


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
) -> str:
    """Write a whole model release in a staging folder and commit it; returns its digest.

    issues: what the sources gave; general: findings about the whole model, to which tiling adds.
    source: the one being bridged; clouds: its point clouds, in place.
    """
    import orjson

    from cim_bridge.points.tiles import write_clouds
    from cim_bridge.table import ordered, write_parquet
    from cim_bridge.tiles import write_tilesets
    from cim_bridge.tiles.city import TiledCity

    config = folder.config
    with stage(folder.models) as staging:
        progress.stage("write units")
        write_parquet(ordered(model.levels), crs, staging.path / UNITS)
        if len(model.mesh):
            model.mesh.save(staging.path / "mesh")
        if model.ground is not None:
            model.ground.save(staging.path / "ground")
        parents = _write_parents(model.levels, staging.path)
        city = TiledCity(
            crs, model.levels, model.mesh, model.ground, config.height_offset, config.synthetic
        )
        tilesets = write_tilesets(
            city, staging.path / "tiles", profile=profile, tiling=tiling,
            previous=previous.path / "tiles" if previous else None, progress=progress,
            log=general,
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
            "levels": _levels(model.levels, folder),
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


def _write_parents(levels: dict[str, Columns], path: Path) -> dict[str, dict[str, Any]]:
    from cim_bridge.levels import PARENT_LEVELS
    from cim_bridge.parents import parent_column

    (path / "parents").mkdir()
    found: dict[str, dict[str, Any]] = {}
    for level in PARENT_LEVELS:
        if level in levels:
            uri = f"parents/{level}.u32"
            rows = parent_column(levels, level)
            (path / uri).write_bytes(rows.astype("<u4").tobytes())
            found[level] = {"uri": uri, "sha256": file_digest(path / uri), "length": len(rows)}
    return found


def _levels(levels: dict[str, Columns], folder: CityFolder) -> dict[str, dict[str, Any]]:
    from cim_bridge.levels import LEVELS

    return {
        level: {
            "count": int((~levels[level]["removed"].astype(bool)).sum()),
            "rows": len(levels[level]["row"]),
            "label": dict(folder.config.label(level)),
        }
        for level in LEVELS
        if level in levels
    }


def _extents(
    model: Assembled, crs: str, height_offset: float, clouds: Sequence[Cloud] = ()
) -> dict[str, Any]:
    """`extent`: where the buildings are (else everything), with heights; `bounds`: everything."""
    from cim_bridge.crs import lonlat_box

    boxes = {name: _box(columns) for name, columns in model.levels.items() if name != "city"}
    every = [box for box in boxes.values() if box is not None]
    meshes = [mesh for mesh in (model.mesh, model.ground) if mesh is not None and len(mesh)]
    every += [_flat_box(mesh) for mesh in meshes]
    every += [(*cloud.box[:2], *cloud.box[3:5]) for cloud in clouds if cloud.box]
    whole = np.array(every)
    total = (*whole[:, :2].min(axis=0).tolist(), *whole[:, 2:].max(axis=0).tolist())
    focus = lonlat_box(boxes.get("building") or total, crs)
    bounds = lonlat_box(total, crs)
    heights = [mesh.vertices[:, 2] for mesh in meshes] or [np.zeros(1)]
    low = min(float(z.min()) for z in heights) + height_offset
    high = max(float(z.max()) for z in heights) + height_offset
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


def _flat_box(mesh: Mesh) -> tuple[float, float, float, float]:
    low, high = mesh.vertices[:, :2].min(axis=0), mesh.vertices[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cim-twin")
    except PackageNotFoundError:
        return "0"
