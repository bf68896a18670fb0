"""The child's work, and the only place where GDAL reads a foreign file: `python -m ... JOB`.

JOB/told.json names the file and the rows of a part; JOB/part-*.arrays and JOB/answer.json come
back.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.child import OUT_OF_MEMORY, confine
from cim_bridge.spoolarrays import Arrays, dump_arrays, pack
from cim_bridge.vectors.drivers import CHUNKED, DRIVERS, load_pyogrio

_HEAVY = ("pandas", "geopandas", "pyarrow")
"""What pyogrio would load to see whether it is there; numpy does for us."""


def main(job: Path) -> int:
    """Read one layer in parts; what is wrong with it is answered, not raised."""
    confine()
    sys.modules.update(dict.fromkeys(_HEAVY))  # type: ignore[arg-type]  # None: "not there"
    told = orjson.loads((job / "told.json").read_bytes())
    pyogrio = load_pyogrio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = _read(pyogrio, Path(told["path"]), int(told["rows"]), job, told["layer"])
    except UnicodeDecodeError as exc:
        answer = {"code": "TEXT_NOT_UTF8", "reason": _short(exc)}
    except (
        pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError,
        OverflowError,
    ) as exc:  # fmt: skip
        answer = {"code": "VECTOR_UNREADABLE", "reason": _short(exc)}
    except MemoryError:
        return OUT_OF_MEMORY
    (job / "answer.json").write_bytes(orjson.dumps(answer))
    return 0


def _read(pyogrio: Any, path: Path, rows: int, job: Path, wanted: str) -> dict[str, Any]:
    """wanted: a layer by name; "" is the first."""
    layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    layer = wanted or layers[0]
    info = pyogrio.read_info(path, layer=layer)
    driver, count = info["driver"], int(info["features"])
    if driver not in DRIVERS:
        return {"code": "FORMAT_UNKNOWN", "known": ", ".join(DRIVERS)}
    if driver not in CHUNKED or not 0 <= rows < count:
        (meta, _, geometry, fields), undeclared = _whole(pyogrio, path, info, layer)
        _write(job, 0, geometry, fields)
        return _answer(meta, 1, layers, undeclared=undeclared)
    meta, parts = {}, 0
    for parts, start in enumerate(range(0, count, rows), 1):
        meta, _, geometry, fields = pyogrio.raw.read(
            path, layer=layer, skip_features=start, max_features=rows
        )
        _write(job, parts - 1, geometry, fields)
    return _answer(meta, parts, layers, undeclared=False)


def _answer(
    meta: dict[str, Any], parts: int, layers: list[str], *, undeclared: bool
) -> dict[str, Any]:
    return {
        "layers": layers,
        "names": [str(name) for name in meta["fields"]],
        "crs": meta["crs"],
        "parts": parts,
        "undeclared": undeclared,
    }


def _whole(pyogrio: Any, path: Path, info: dict[str, Any], layer: str) -> tuple[Any, bool]:
    """Read all; texts of a Shapefile that declares no encoding come byte for byte."""
    if info["driver"] == "ESRI Shapefile" and info["encoding"] == "ISO-8859-1":
        declared = path.with_suffix(".cpg").is_file()
        return pyogrio.raw.read(path, layer=layer, encoding="ISO-8859-1"), not declared
    try:
        return pyogrio.raw.read(path, layer=layer), False
    except UnicodeDecodeError:
        if info["driver"] != "ESRI Shapefile":
            raise
        return pyogrio.raw.read(path, layer=layer, encoding="ISO-8859-1"), True


def _write(job: Path, number: int, geometry: Any, fields: Any) -> None:
    arrays: Arrays = {}
    for place, values in enumerate(fields):
        pack(arrays, f"field-{place}", np.asarray(values))
    if geometry is not None:
        pack(arrays, "geometry", np.asarray(geometry, dtype=object))
    with (job / f"part-{number}.arrays").open("wb") as file:
        dump_arrays(arrays, file)


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:300]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
