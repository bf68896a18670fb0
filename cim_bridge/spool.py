"""Readings kept on disk, chunk after chunk: what a child hands over and what waits to be merged.

A chunk is a folder: `units.npz` (columns, shapes as WKB), `mesh/` and `ground/` (one .npy an
array), `told.json` (everything that is no array). Nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.materials import Material, Materials, Picture
from cim_bridge.mesh import Mesh
from cim_bridge.packed import Arrays, pack, pack_shapes, unpack, unpack_shapes
from cim_bridge.reader import Reading, Units

_TOLD, _UNITS, _IMAGES = "told.json", "units.npz", "textures"


class Spool:
    """A folder of chunks, numbered as they were put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.count = sum(1 for _ in folder.glob(f"*/{_TOLD}"))

    def __len__(self) -> int:
        return self.count

    def put(self, reading: Reading) -> None:
        """Keep one more reading; point clouds stay where they are and are not kept."""
        folder = self.folder / f"{self.count:06d}"
        folder.mkdir()
        told = _units(reading.units, folder)
        for name, mesh in (("mesh", reading.mesh), ("ground", reading.ground)):
            if mesh is not None:
                replace(mesh, materials=()).save(folder / name)
                told[name] = self._materials(mesh.materials)
        told |= {
            "crs": reading.crs, "ellipsoidal": reading.ellipsoidal, "placed": reading.placed,
        }  # fmt: skip
        (folder / _TOLD).write_bytes(orjson.dumps(told))
        self.count += 1

    def get(self, number: int) -> Reading:
        """Read one chunk; triangles are memory-mapped."""
        folder = self.folder / f"{number:06d}"
        told = orjson.loads((folder / _TOLD).read_bytes())
        meshes = {
            name: replace(Mesh.load(folder / name), materials=_looks(told[name]))
            for name in ("mesh", "ground")
            if name in told
        }
        with np.load(folder / _UNITS, allow_pickle=False) as arrays:
            units = [_loaded(item, number, arrays) for number, item in enumerate(told["units"])]
        return Reading(
            told["crs"], units, meshes.get("mesh"), meshes.get("ground"),
            ellipsoidal=told["ellipsoidal"], placed=told["placed"],
        )  # fmt: skip

    def __iter__(self) -> Iterator[Reading]:
        """Every chunk in the order in which it was put."""
        for number in range(self.count):
            yield self.get(number)

    def _materials(self, materials: Materials) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for one in materials:
            row: dict[str, Any] = {"colour": list(one.colour), "wrap": one.wrap}
            if one.picture is not None:
                row["image"] = str(self._image(one.picture))
            rows.append(row)
        return rows

    def _image(self, picture: Picture) -> Path:
        """Where the image lies; bytes without a file get one, the same for the same bytes."""
        if picture.path is not None:
            return picture.path.resolve()
        target = self.folder / _IMAGES / picture.file_name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(picture.read())
        return target.resolve()


def _looks(rows: list[dict[str, Any]]) -> Materials:
    found = []
    for row in rows:
        red, green, blue, opacity = row["colour"]
        picture = Picture(Path(row["image"])) if "image" in row else None
        found.append(Material((red, green, blue, opacity), picture, row["wrap"]))
    return tuple(found)


def _units(units: list[Units], folder: Path) -> dict[str, Any]:
    arrays: Arrays = {}
    told = []
    for number, one in enumerate(units):
        for name, values in one.columns.items():
            pack(arrays, f"{number}/column/{name}", values)
        pack_shapes(arrays, f"{number}/shapes", one.shapes)
        if one.part is not None:
            arrays[f"{number}/part"] = one.part
        told.append({"level": one.level, "columns": list(one.columns), "claims": one.claims})
    np.savez(folder / _UNITS, allow_pickle=False, **arrays)
    return {"units": told}


def _loaded(told: dict[str, Any], number: int, arrays: Any) -> Units:
    return Units(
        told["level"],
        {name: unpack(arrays, f"{number}/column/{name}") for name in told["columns"]},
        unpack_shapes(arrays, f"{number}/shapes"),
        arrays.get(f"{number}/part"),
        told["claims"],
    )
