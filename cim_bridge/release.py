"""A model release on disk: opened lazily, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import Damaged, NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.mesh import Mesh
from cim_bridge.staging import read_manifest

if TYPE_CHECKING:
    import geopandas as gpd

    from cim_bridge.model import CityModel

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
        raise NotFound(
            f"{folder.path.name} 还没有模型，先运行 `cimtwin bridge` / "
            "has no model yet: run `cimtwin bridge` first"
        )
    path = folder.models / wanted
    if not path.is_dir():
        raise NotFound(f"{folder.path.name} has no model release {wanted}")
    return ModelRelease(path, wanted, read_manifest(path))
