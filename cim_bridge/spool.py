"""Readings kept on disk, chunk after chunk: what a child hands over and what waits to be merged.

A chunk is one file of arrays (cim_bridge.spoolarrays): columns, shapes as WKB, the arrays of its
meshes, and `told`, the JSON of everything that is no array. Nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.materials import Material, Materials, Picture
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units
from cim_bridge.spoolarrays import (
    Arrays,
    dump_arrays,
    load_arrays,
    pack,
    pack_shapes,
    unpack,
    unpack_shapes,
)

_IMAGES = "textures"
_SUFFIX = ".chunk"


class Spool:
    """A folder of chunks, numbered as they were put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.count = sum(1 for _ in folder.glob(f"*{_SUFFIX}"))

    def cut(self, count: int) -> None:
        """Drop the chunks after the first `count`; images stay, other chunks may show them."""
        for number in range(count, self.count):
            (self.folder / f"{number:06d}{_SUFFIX}").unlink()
        self.count = count

    def __len__(self) -> int:
        return self.count

    def put(self, reading: Reading) -> None:
        """Keep one more reading; point clouds stay where they are and are not kept."""
        with (self.folder / f"{self.count:06d}{_SUFFIX}").open("wb") as file:
            dump(reading, file, self.folder / _IMAGES)
        self.count += 1

    def get(self, number: int) -> Reading:
        """Read one chunk."""
        with (self.folder / f"{number:06d}{_SUFFIX}").open("rb") as file:
            return parse(file)

    def __iter__(self) -> Iterator[Reading]:
        """Every chunk in the order in which it was put."""
        for number in range(self.count):
            yield self.get(number)


def dump(reading: Reading, file: BinaryIO, images: Path) -> None:
    """Write one reading; images that are no files yet become files of the folder `images`."""
    arrays: Arrays = {}
    told: dict[str, Any] = {
        "crs": reading.crs, "ellipsoidal": reading.ellipsoidal, "placed": reading.placed,
        "units": [_packed(units, n, arrays) for n, units in enumerate(reading.units)],
    }  # fmt: skip
    for name, mesh in (("mesh", reading.mesh), ("ground", reading.ground)):
        if mesh is not None:
            arrays |= {f"{name}/{part}": values for part, values in mesh.arrays().items()}
            told[name] = [_row(one, images) for one in mesh.materials]
    arrays["told"] = np.frombuffer(orjson.dumps(told), np.uint8)
    dump_arrays(arrays, file)


def parse(file: BinaryIO) -> Reading:
    """Read what `dump` wrote."""
    arrays = load_arrays(file)
    told = orjson.loads(arrays["told"].tobytes())
    units = [_loaded(item, number, arrays) for number, item in enumerate(told["units"])]
    meshes = {name: _mesh(name, told[name], arrays) for name in ("mesh", "ground") if name in told}
    return Reading(
        told["crs"], units, meshes.get("mesh"), meshes.get("ground"),
        ellipsoidal=told["ellipsoidal"], placed=told["placed"],
    )  # fmt: skip


def _row(one: Material, images: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"colour": list(one.colour), "wrap": one.wrap}
    if one.picture is not None:
        row["image"] = str(_image(one.picture, images))
    return row


def _image(picture: Picture, images: Path) -> Path:
    """Where the image lies; bytes without a file get one, the same for the same bytes."""
    if picture.path is not None:
        return picture.path.resolve()
    target = images / picture.file_name
    if not target.exists():
        images.mkdir(exist_ok=True)
        target.write_bytes(picture.read())
    return target.resolve()


def _mesh(name: str, rows: list[dict[str, Any]], arrays: Arrays) -> Mesh:
    held: dict[str, npt.NDArray[Any]] = {
        key.removeprefix(f"{name}/"): values
        for key, values in arrays.items()
        if key.startswith(f"{name}/")
    }
    bare = Mesh.of(held["vertices"], held["triangles"])
    return replace(bare, **held, materials=_looks(rows))


def _looks(rows: list[dict[str, Any]]) -> Materials:
    found = []
    for row in rows:
        red, green, blue, opacity = row["colour"]
        picture = Picture(Path(row["image"])) if "image" in row else None
        found.append(Material((red, green, blue, opacity), picture, row["wrap"]))
    return tuple(found)


def _packed(units: Units, number: int, arrays: Arrays) -> dict[str, Any]:
    for name, values in units.columns.items():
        pack(arrays, f"{number}/column/{name}", values)
    pack_shapes(arrays, f"{number}/shapes", units.shapes)
    if units.part is not None:
        arrays[f"{number}/part"] = units.part
    return {"level": units.level, "columns": list(units.columns), "claims": units.claims}


def _loaded(told: dict[str, Any], number: int, arrays: Mapping[str, npt.NDArray[Any]]) -> Units:
    return Units(
        told["level"],
        {name: unpack(arrays, f"{number}/column/{name}") for name in told["columns"]},
        unpack_shapes(arrays, f"{number}/shapes"),
        arrays.get(f"{number}/part"),
        told["claims"],
    )
