"""What is in a reading: levels, classes, levels of detail, geometry, heights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.doctor.words import both, listed, say, some
from cim_bridge.levels import LABELS
from cim_bridge.mesh import NONE, Mesh
from cim_bridge.reader import Reading, Units
from cim_bridge.texts import Text

_EXAMPLES = 5
_KINDS = {0: "point", 1: "line", 2: "line", 3: "area", 4: "point", 5: "line", 6: "area"}


@dataclass
class LevelFacts:
    """Units of one level, counted. heights: where they come from → how many.

    shapes: kinds of geometry; empty, invalid, flat: units without, with a crossing, with a zero
    area. raised: lowest and highest ground in metres, NaN unknown.
    """

    level: str
    count: int
    ids: list[str]
    columns: list[str]
    kinds: dict[str, int]
    heights: dict[str, int]
    shapes: dict[str, int]
    empty: int
    invalid: int
    flat: int
    parts: int
    raised: tuple[float, float] = (np.nan, np.nan)
    lods: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; the first five keys are those of the first doctor."""
        known = sum(self.heights.get(name, 0) for name in ("attribute", "geometry"))
        return {
            "level": self.level,
            "count": self.count,
            "with_height": known,
            "id_examples": self.ids,
            "columns": self.columns,
            "kinds": self.kinds,
            "heights": self.heights,
            "geometry": {"kinds": self.shapes, "empty": self.empty, "invalid": self.invalid,
                         "zero_area": self.flat},
            "parts": self.parts,
            "lods": self.lods,
            "ground": None if np.isnan(self.raised[0]) else list(self.raised),
        }  # fmt: skip

    @property
    def text(self) -> Text:
        """In words: how many, of which kinds."""
        label = LABELS[self.level]
        told = [say("content.units", n=self.count, level=label)]
        if self.kinds:
            shown = ", ".join(f"{kind} {n:,}" for kind, n in list(self.kinds.items())[:6])
            told.append(both(shown + (" …" if len(self.kinds) > 6 else "")))
        if self.parts:
            told.append(say("content.parts", n=self.parts))
        return listed(told)


def levels_of(reading: Reading) -> list[LevelFacts]:
    """Every level of a reading in the source's own numbers."""
    return [_level(units, reading.mesh) for units in reading.units]


def _level(units: Units, mesh: Mesh | None) -> LevelFacts:
    shapes = units.shapes
    own = mesh if units.level == "building" else None
    rows = _drawn(own, len(units))
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    area = np.isin(shapely.get_type_id(shapes), (3, 6))
    parts = units.part if units.part is not None else np.zeros(len(units), bool)
    kinds = Counter(str(kind) for kind in units.columns.get("kind", ()) if str(kind))
    return LevelFacts(
        units.level,
        len(units) - int(parts.sum()),
        [str(name) for name in units.ids[~parts][:_EXAMPLES]],
        sorted(name for name, column in units.columns.items() if _tells(column)),
        dict(kinds.most_common()),
        _heights(units, rows, parts) if units.level == "building" else {},
        _shape_kinds(shapes),
        int((missing & ~rows).sum()),
        int((area & ~shapely.is_valid(shapes)).sum()),
        int((area & ~missing & (shapely.area(shapely.convex_hull(shapes)) == 0)).sum()),
        int(parts.sum()),
        _raised(units, own),
        _lods(own),
    )


def _tells(column: npt.NDArray[Any]) -> bool:
    """Whether a column says anything at all."""
    if column.dtype.kind == "f":
        return bool(np.isfinite(column).any())
    return bool((column.astype(str) != "").any())


def _drawn(mesh: Mesh | None, count: int) -> npt.NDArray[np.bool_]:
    """Units that have triangles of their own."""
    found = np.zeros(count, bool)
    if mesh is not None and len(mesh):
        rows = np.unique(mesh.feature)
        found[rows[(rows != NONE) & (rows < count)]] = True
    return found


def _numbers(units: Units, name: str) -> npt.NDArray[np.float64]:
    column = units.columns.get(name)
    if column is None or column.dtype.kind != "f":
        return np.full(len(units), np.nan)
    return column


def _heights(
    units: Units, drawn: npt.NDArray[np.bool_], parts: npt.NDArray[np.bool_]
) -> dict[str, int]:
    """Where heights come from, best first: an attribute, the body, storeys times 3 m, nowhere."""
    told = np.isfinite(_numbers(units, "height"))
    floors = ~told & ~drawn & (_numbers(units, "storeys") > 0)
    names = np.where(told, "attribute", np.where(drawn, "geometry", "none"))
    names = np.where(floors, "storeys", names)[~parts]
    counted = Counter(names.tolist())
    order = ("attribute", "geometry", "storeys", "none")
    return {name: counted[name] for name in order if counted[name]}


def _shape_kinds(shapes: npt.NDArray[Any]) -> dict[str, int]:
    types, number = np.unique(shapely.get_type_id(shapes), return_counts=True)
    found: Counter[str] = Counter()
    for kind, n in zip(types.tolist(), number.tolist(), strict=True):
        if kind >= 0:
            found[_KINDS.get(kind, "mixed")] += n
    return dict(found)


def _raised(units: Units, mesh: Mesh | None) -> tuple[float, float]:
    """Lowest and highest foot of the units: their ground column, else their triangles."""
    feet = _numbers(units, "ground")
    if not np.isfinite(feet).any() and mesh is not None and len(mesh):
        z = mesh.vertices[:, 2][mesh.triangles].min(axis=1)
        feet = np.full(int(mesh.feature[mesh.feature != NONE].max(initial=0)) + 1, np.inf)
        known = mesh.feature != NONE
        np.minimum.at(feet, mesh.feature[known], z[known])
    feet = feet[np.isfinite(feet)]
    return (float(feet.min()), float(feet.max())) if len(feet) else (np.nan, np.nan)


def _lods(mesh: Mesh | None) -> dict[str, int]:
    """LoD → buildings drawn in it."""
    if mesh is None or not len(mesh):
        return {}
    pairs = np.unique(mesh.lod.astype(np.int64) * (1 << 33) + mesh.feature)
    lods, number = np.unique(pairs >> 33, return_counts=True)
    named = {int(lod): f"{lod // 10}" + (f".{lod % 10}" if lod % 10 else "") for lod in lods}
    return {named[lod]: n for lod, n in zip(lods.tolist(), number.tolist(), strict=True) if lod}


def heights_text(heights: dict[str, int]) -> Text:
    """In words: how many heights from where."""
    return listed([say(f"height.{name}", n=n) for name, n in heights.items()])


def geometry_text(level: LevelFacts) -> Text:
    """In words: kinds of geometry and what is wrong with it."""
    told = [say(f"shape.{kind}", n=n) for kind, n in level.shapes.items()]
    wrong = {"empty": level.empty, "invalid": level.invalid, "flat": level.flat}
    told += [say(f"shape.{name}", n=n) for name, n in wrong.items() if n]
    if not any(wrong.values()) and told:
        told.append(say("shape.sound"))
    return listed(told)


def examples(level: LevelFacts) -> str:
    """A few ids."""
    return some(level.ids, 3)
