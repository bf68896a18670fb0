"""What the doctor's tests share: a round over files, and small files with one fault each."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cim_bridge.doctor.city import City
from cim_bridge.doctor.examine import examine
from cim_bridge.doctor.report import Report, Section
from cim_bridge.folder import CityFolder
from cim_bridge.reader import Wish

WEST, SOUTH = 622_000.0, 4_157_000.0
CRS = "EPSG:4549"


def doctor(
    *sources: Path, table: Path | None = None, city: CityFolder | None = None,
    key: str | None = None, **wish: Any,
) -> Report:  # fmt: skip
    """Look and tell."""
    where = City(city) if city else None
    tables = [table] if table else []
    return examine(list(sources), tables, Wish(**wish), where, key=key).report()


def squares(count: int = 40, step: float = 30.0, size: float = 12.0) -> Any:
    """(count,) squares in rows of ten, metres from the test city's corner, sizes not all alike."""
    n = np.arange(count)
    x, y = WEST + (n % 10) * step, SOUTH + (n // 10) * step
    return shapely.box(x, y, x + size + n % 3, y + size + n % 4)


def scattered(count: int = 600) -> Any:
    """(count,) squares anywhere in five kilometres: a town in which a shift can be told."""
    rng = np.random.default_rng(7)
    spots = np.array([WEST, SOUTH]) + rng.uniform(0, 5000, (count, 2))
    half = rng.uniform(5, 25, (count, 2))
    return shapely.box(*(spots - half).T, *(spots + half).T)


def houses(
    path: Path, count: int = 40, crs: str | None = CRS, shapes: Any = None, **columns: Any
) -> Path:
    """A GeoPackage of buildings with ids and heights."""
    names = [f"H{n:04d}" for n in range(count)]
    data = {"building_id": names, "height": np.linspace(5, 50, count), **columns}
    frame = gpd.GeoDataFrame(data, geometry=squares(count) if shapes is None else shapes, crs=crs)
    if crs is None:
        return unsaid(path, frame)
    frame.to_file(path, driver="GPKG" if path.suffix == ".gpkg" else "GeoJSON")
    return path


def unsaid(path: Path, frame: gpd.GeoDataFrame) -> Path:
    """A GeoPackage that does not say its system."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = frame.drop(columns=frame.geometry.name)
        bare = gpd.GeoDataFrame(data, geometry=list(frame.geometry))
        bare.to_file(path, driver="GPKG")
    return path


def csv_file(path: Path, lines: list[list[Any]], encoding: str = "utf-8") -> Path:
    """A table of plain cells."""
    path.write_bytes("\n".join(",".join(map(str, line)) for line in lines).encode(encoding))
    return path


def fact(section: Section, label: str) -> str:
    """English text of all facts under a label, "" when there is none."""
    return " | ".join(f.value["en"] for f in section.facts if f.label["en"] == label)


def mark(section: Section, label: str) -> str:
    """Mark of the first fact under a label."""
    return next((f.mark for f in section.facts if f.label["en"] == label), "none")


def fingerprint(folder: Path) -> dict[str, str]:
    """Hash and time of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        + str(path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip
