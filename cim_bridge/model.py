"""The city model: one table of units of all levels and one flat mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import LEVELS
from cim_bridge.mesh import Mesh

if TYPE_CHECKING:
    import geopandas as gpd

PARENT_COLUMNS: tuple[str, ...] = tuple(
    f"parent_{level}"
    for level in ("city", "district", "subdistrict", "community", "block", "compound", "plot")
)

UNIT_COLUMNS: tuple[str, ...] = (
    "id", "level", "source_id", "row", "visual_group", "label_zh", "label_en", "kind",
    "height", "ground", "storeys", "use", "structure", "year_built", "area", "population",
    "external_ids", "source", "attributes", "removed", *PARENT_COLUMNS, "geometry",
)  # fmt: skip
"""Columns of the units table, in their order (see units.parquet in a model release)."""

USES: tuple[str, ...] = (
    "residential", "commercial", "office", "industrial", "public", "education", "medical",
    "heritage", "other", "",
)  # fmt: skip
"""The values of `use`; "" is unknown."""


@dataclass(frozen=True)
class CityModel:
    """A whole city as arrays.

    crs: the model CRS (projected, metres).
    height_offset: metres from the model's heights to ellipsoidal heights (geoid undulation).
    units: GeoDataFrame with UNIT_COLUMNS, sorted by level then row; `row` is dense per level and
        counts tombstones (`removed`), so the k-th line of a level has row k.
    mesh: building triangles; `feature` is the building's row.
    ground: the ground as a TIN, when one was bridged.
    synthetic: made up for a demonstration.
    """

    crs: str
    units: gpd.GeoDataFrame
    mesh: Mesh = field(default_factory=Mesh.none)
    ground: Mesh | None = None
    height_offset: float = 0.0
    synthetic: bool = False

    def level(self, level: str) -> gpd.GeoDataFrame:
        """Units of one level in row order, tombstones included."""
        found: gpd.GeoDataFrame = self.units.loc[self.units["level"].to_numpy() == level]
        return found

    def levels(self) -> list[str]:
        """Levels that have units, from the city down."""
        present = set(self.units["level"].unique())
        return [level for level in LEVELS if level in present]

    def parent_rows(self, level: str, parent: str) -> npt.NDArray[np.uint32]:
        """For every row of `level` the row of its `parent` unit, 0xFFFFFFFF none."""
        above = self.level(parent)
        rows = dict(zip(above["id"], above["row"], strict=True))
        found = self.level(level)[f"parent_{parent}"].map(rows)
        return found.fillna(0xFFFFFFFF).to_numpy().astype(np.uint32)
