"""Child process: pages of a platform become one GeoPackage (keeper of GDAL for foreign formats).

`python -m cim_bridge.readers.remote.worker JOB.json`: GDAL knows four formats here and no network:
documents that name other files or addresses lead nowhere. The report tells what was found.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.child import confine
from cim_bridge.readers.remote.axes import Axes, decide
from cim_bridge.readers.remote.columns import Columns, content_hash, row_hashes

_KEPT = ("GML", "ESRIJSON", "GeoJSON", "GPKG")
_SKIPPED = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CAD,CSV,CSW,Carto,DGN,DXF,EDIGEO,EEDA,"
    "ESRI Shapefile,Elasticsearch,FlatGeobuf,GDALG,GPSBabel,GPX,GTFS,GeoJSONSeq,GeoRSS,HTTP,"
    "Idrisi,JML,JSONFG,KML,LIBKML,LVBAG,MBTiles,MapInfo File,MapML,MiraMonVector,MVT,NAS,NGW,"
    "OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OSM,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,"
    "PMTiles,S57,SOSI,SQLite,SXF,Selafin,TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX,XODR"
)
_CLOSED = {
    "OGR_SKIP": _SKIPPED,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",  # nobody listens there: whatever asks, gets nothing
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GML_FIELDTYPES": "ALWAYS_STRING",
    "GML_SKIP_CORRUPTED_FEATURES": "NO",
    "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z",  # same features, same bytes
}
_OPTIONS: dict[str, dict[str, str]] = {
    "GML": {
        "DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO", "EXPOSE_GML_ID": "YES",
        "INVERT_AXIS_ORDER_IF_LAT_LONG": "NO", "CONSIDER_EPSG_AS_URN": "NO",
        "SWAP_COORDINATES": "NO",
    },
    "GeoJSON": {"DATE_AS_STRING": "YES"},
    "ESRIJSON": {},
}  # fmt: skip


class Unfit(Exception):
    """A page is not what it was counted as; the text says how."""


def main(job_file: str) -> None:
    """Do one job; the report goes where the job says."""
    confine()
    job: dict[str, Any] = orjson.loads(Path(job_file).read_bytes())
    try:
        report = _work(job)
    except Unfit as exc:
        report = {"unfit": str(exc)}
    Path(job["report"]).write_bytes(orjson.dumps(report))


def load() -> Any:
    """Import pyogrio with what the pages need and nothing else."""
    os.environ.update(_CLOSED)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ[name] = _CLOSED["GDAL_HTTP_PROXY"]
    os.environ.pop("NO_PROXY", None)
    os.environ.pop("no_proxy", None)
    import pyogrio

    return pyogrio


def _work(job: dict[str, Any]) -> dict[str, Any]:
    pyogrio = load()
    columns = Columns(job["types"], guess=job["driver"] == "GML")
    centres: list[npt.NDArray[np.float64]] = []
    parts: list[Path] = []
    for number, page in enumerate(job["pages"]):
        table = _table(
            pyogrio, Path(page["path"]), page["count"], job["driver"], number, job["types"]
        )
        columns.see(table)
        centres.append(_centres(table))
        parts.append(_lay(table, Path(job["folder"]) / f"part-{number:06d}"))
    axes = decide(np.concatenate(centres), Axes.from_json(job["axes"]))
    if axes.order is None:
        return {"unfit_extent": axes.box}
    hashes: list[npt.NDArray[np.uint64]] = []
    _write(pyogrio, job, _batches(parts, columns, axes.order == "swapped", hashes), columns)
    return {
        "features": sum(len(part) for part in hashes),
        "content": content_hash(hashes),
        "order": axes.order,
        "proved": axes.proved,
        "box": axes.box,
        "outside": axes.outside,
    }


def _boxes(table: Any, types: dict[str, str]) -> list[str]:
    """Corners of a feature's gml:boundedBy, which GDAL takes for attributes."""
    corners = {"lowerCorner", "upperCorner"}
    return [name for name in table.column_names if name in corners and name not in types]


def _table(
    pyogrio: Any, path: Path, count: int, driver: str, number: int, types: dict[str, str]
) -> Any:
    """A page as an Arrow table with the column `geometry` (WKB) last."""
    import pyarrow as pa

    options = _OPTIONS[driver]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pyogrio.read_info(path, **options)["driver"]
            if found != driver:
                raise Unfit(f"page {number + 1} is {found}, not {driver}")
            meta, table = pyogrio.raw.read_arrow(path, datetime_as_string=True, **options)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError,
                ValueError, RuntimeError, pa.ArrowException) as exc:  # fmt: skip
            raise Unfit(f"page {number + 1}: {' '.join(str(exc).split())[:200]}") from exc
    if table.num_rows != count:
        raise Unfit(f"page {number + 1} holds {table.num_rows} features, not {count}")
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in table.column_names:
        shapes = pa.nulls(table.num_rows, pa.binary())
    else:
        shapes = table.column(name).combine_chunks().cast(pa.binary())
        table = table.drop_columns([name])
    table = _with_ids(table.drop_columns(_boxes(table, types)), path)
    return table.append_column("geometry", shapes) if "geometry" not in table.column_names else (
        table.rename_columns([f"{n}_" if n == "geometry" else n for n in table.column_names])
        .append_column("geometry", shapes)
    )  # fmt: skip


def _with_ids(table: Any, path: Path) -> Any:
    """The features' own ids as a column, where they were laid beside the page."""
    import pyarrow as pa

    beside = path.with_suffix(".ids")
    if not beside.is_file():
        return table
    told = orjson.loads(beside.read_bytes())
    if not told["own"] and "id" in table.column_names:
        table = table.drop_columns(["id"])  # GDAL's copy of the very same
    ids = [text or None for text in told["ids"]]
    if "feature_id" in table.column_names or not any(ids):
        return table
    return table.append_column("feature_id", pa.array(ids, pa.string()))


def _centres(table: Any) -> npt.NDArray[np.float64]:
    """(N, 2) centres of the shapes' boxes as they came; NaN where there is none."""
    import shapely

    shapes = shapely.from_wkb(
        table.column("geometry").to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    box = shapely.bounds(shapes)
    return (box[:, :2] + box[:, 2:]) / 2


def _lay(table: Any, path: Path) -> Path:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as out:
        out.write_table(table)
    return path


def _batches(
    parts: list[Path], columns: Columns, swap: bool, hashes: list[npt.NDArray[np.uint64]]
) -> Iterator[Any]:
    """Record batches of one schema, x east; row hashes are noted on the way."""
    import pyarrow as pa
    import shapely

    for path in parts:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        wkb = table.column("geometry").to_numpy(zero_copy_only=False)
        if swap:
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
            turned = shapely.transform(shapes, _turned, include_z=bool(shapely.has_z(shapes).any()))
            wkb = shapely.to_wkb(turned, include_srid=False)
        made = columns.fit(table)
        hashes.append(row_hashes(made, wkb))
        made = made.append_column(columns.geometry, pa.array(wkb, pa.binary()))
        yield from made.combine_chunks().to_batches()
        path.unlink()


def _turned(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return coordinates[:, [1, 0, *range(2, coordinates.shape[1])]]


def _write(pyogrio: Any, job: dict[str, Any], batches: Iterator[Any], columns: Columns) -> None:
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_batches(columns.schema(), batches)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write_arrow(
            reader, job["out"], layer=job["layer"], driver="GPKG",
            geometry_name=columns.geometry, geometry_type="Unknown", crs=job["crs"],
            FID=columns.free("row_"), GEOMETRY_NAME=columns.geometry, SPATIAL_INDEX="NO",
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
