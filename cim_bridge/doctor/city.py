"""What a city already has, for a source and a table to be compared with; read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from cim_bridge.anchor import Anchor
from cim_bridge.doctor.attempt import middle_of
from cim_bridge.doctor.bound import Bound, bound
from cim_bridge.doctor.shift import Bodies
from cim_bridge.folder import CityFolder
from cim_bridge.levels import LEVELS
from cim_bridge.place import Ground
from cim_bridge.reader import Wish
from cim_bridge.reference import references
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.tilesin.pieces import Piece


@dataclass(frozen=True)
class City:
    """A city folder as the doctor needs it; without a model it only has its settings."""

    folder: CityFolder

    @property
    def name(self) -> str:
        """Folder's name, as a command takes it."""
        return str(self.folder.path)

    @cached_property
    def model(self) -> ModelRelease | None:
        """The newest model, None before the first `bridge`."""
        return open_model(self.folder) if self.folder.head_model() else None

    @cached_property
    def ground(self) -> Ground:
        """Where the city is and what stands in it."""
        bounds = self.model.manifest.get("bounds") if self.model else None
        extent = self.folder.config.extent or (tuple(bounds) if bounds else None)
        model_crs = str(self.model.manifest["crs"]) if self.model else None
        return Ground(self.folder.config.crs, model_crs, extent, references(self.model, ""))

    @property
    def centre(self) -> Anchor | None:
        """The middle of the city."""
        return middle_of(self.ground.extent, self.folder.config.crs)

    @property
    def levels(self) -> list[str]:
        """Levels that have units."""
        if self.model is None:
            return []
        known = set(self.model.columns("level")["level"].to_pylist())
        return [level for level in LEVELS if level in known]

    def bind(self, pieces: list[Piece], wish: Wish) -> Bound | None:
        """Try to bind a tileset's contents to the units of the wished level, buildings if none."""
        level = wish.level or ("building" if "building" in self.levels else "")
        if self.model is None or not level or not any(len(piece) for piece in pieces):
            return None
        return bound(pieces, self.model, level, wish.key, wish.crs)

    def bodies(self, level: str) -> Bodies | None:
        """Shapes, feet and heights of one level, None without a model or units."""
        if self.model is None:
            return None
        table = self.model.columns("level", "source_id", "removed", "ground", "height", "geometry")
        mine = np.array(table["level"].to_pylist(), object) == level
        rows = np.flatnonzero(mine & ~np.asarray(table["removed"]).astype(bool))
        if not len(rows):
            return None
        some = table.take(rows)
        shapes = np.asarray(shapely.from_wkb(some["geometry"].to_numpy()), object)
        keep = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
        numbers = [np.asarray(some[name], np.float64)[keep] for name in ("ground", "height")]
        ids = np.array(some["source_id"].to_pylist(), object)[keep].astype(str)
        return Bodies(ids, shapes[keep], numbers[0], numbers[1])

    def owners(self, level: str) -> dict[str, set[str]]:
        """Source → ids of its units at one level."""
        if self.model is None:
            return {}
        table = self.model.columns("level", "source_id", "source", "removed").to_pandas()
        table = table[(table["level"] == level) & ~table["removed"].astype(bool)]
        return {str(k): set(v.astype(str)) for k, v in table.groupby("source")["source_id"]}
