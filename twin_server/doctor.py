"""What is in a source, what will work, what is wrong: before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim_bridge.crs import Box, lonlat_box
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, place
from cim_bridge.reader import Reading, Units, Wish, find_reader, read_whole
from cim_bridge.reference import references
from cim_bridge.release import open_model
from cim_bridge.sheets import Sheet, normal, read_sheets
from indicator_overlays.mapping import NO_MAPPING
from indicator_overlays.unitindex import AMBIGUOUS, BY_ID, UNKNOWN, UnitIndex

_EXAMPLES = 5


@dataclass
class Diagnosis:
    """What the doctor found; `lines` for people, `data` for machines."""

    data: dict[str, Any] = field(default_factory=lambda: {"sources": []})
    lines: list[str] = field(default_factory=list)
    log: IssueLog = field(default_factory=IssueLog)
    units: list[Units] = field(default_factory=list)


def examine_source(path: Path, wish: Wish, city: CityFolder | None, found: Diagnosis) -> None:
    """Read one source as `bridge` would: format, CRS, levels, ids, extent."""
    reader = find_reader(path, found.log)
    reading = read_whole(reader, path, wish, found.log) if reader else None
    if reader is None or reading is None:
        found.data["sources"].append({"file": path.name, "format": reader.name if reader else None})
        return
    where = _ground(city) if city else None
    if where is not None and place(reading, wish.crs, where, found.log, path.name) is None:
        found.lines.append(f"{path.name}: will not land in the city; see above")
    crs = wish.crs or reading.crs
    described = {
        "file": path.name,
        "format": reader.name,
        "crs": crs,
        "extent": _extent(reading, crs),
        "triangles": 0 if reading.mesh is None else len(reading.mesh.triangles),
        "ground": reading.ground is not None,
        "levels": [_level(units) for units in reading.units],
    }
    found.data["sources"].append(described)
    found.units += reading.units
    found.lines += _source_lines(described)


def _ground(city: CityFolder) -> Ground:
    """Where the city is and what stands in it, to compare the source with."""
    model = open_model(city) if city.head_model() else None
    bounds = model.manifest.get("bounds") if model else None
    extent = city.config.extent or (tuple(bounds) if bounds else None)
    return Ground(city.config.crs, extent=extent, references=references(model, ""))


def _extent(reading: Reading, crs: str | None) -> Box | None:
    """west, south, east, north in degrees; None where the CRS is not known."""
    import shapely

    boxes = [shapely.total_bounds(units.shapes) for units in reading.units if len(units)]
    if reading.mesh is not None and len(reading.mesh.vertices):
        flat = reading.mesh.vertices[:, :2]
        boxes.append(np.concatenate([flat.min(0), flat.max(0)]))
    known = np.array([box for box in boxes if np.isfinite(box).all()])
    if crs is None or not len(known):
        return None
    low, high = known[:, :2].min(0).tolist(), known[:, 2:].max(0).tolist()
    return lonlat_box((low[0], low[1], high[0], high[1]), crs)


def _level(units: Units) -> dict[str, Any]:
    ids = units.ids
    heights = units.columns.get("height")
    known = 0 if heights is None else int(np.isfinite(heights.astype(np.float64)).sum())
    return {
        "level": units.level,
        "count": len(units),
        "with_height": known,
        "id_examples": [str(name) for name in ids[:_EXAMPLES]],
        "columns": sorted(name for name, column in units.columns.items() if _tells(column)),
    }


def _tells(column: Any) -> bool:
    """Whether a column says anything at all."""
    if column.dtype.kind == "f":
        return bool(np.isfinite(column).any())
    return bool((column.astype(str) != "").any())


def _source_lines(source: dict[str, Any]) -> list[str]:
    box = source["extent"]
    place_text = "extent unknown" if box is None else "{:.5f} {:.5f} … {:.5f} {:.5f}".format(*box)
    lines = [f"{source['file']}: {source['format']}, {source['crs'] or 'no CRS'}, {place_text}"]
    if source["triangles"]:
        lines.append(f"  {source['triangles']:,} triangles")
    for level in source["levels"]:
        examples = ", ".join(level["id_examples"][:3])
        lines.append(
            f"  {level['level']}: {level['count']:,} units, {level['with_height']:,} with a height;"
            f" ids such as {examples}"
        )
    return lines


def examine_table(path: Path, key: str, city: CityFolder | None, found: Diagnosis) -> None:
    """How many rows of a table find a unit: of the sources just read, or of the city."""
    wanted = normal(key)
    sheets = read_sheets(path, NO_MAPPING, lambda cell: normal(cell) == wanted, found.log)
    matched = [_match(sheet, key, city, found) for sheet in sheets]
    for item in filter(None, matched):
        found.data.setdefault("tables", []).append(item)
        found.lines.append(
            f"{item['file']} {item['sheet']}: {item['matched']:,} of {item['rows']:,} rows match"
            f" ({item['rate']:.1%}); {item['ambiguous']:,} ambiguous, {item['duplicates']:,} twice"
        )
        if item["unmatched_examples"]:
            found.lines.append(f"  without a unit: {', '.join(item['unmatched_examples'])}")
        found.lines.append(f"  units without a row: {item['orphans']:,}")


def _match(
    sheet: Sheet, key: str, city: CityFolder | None, found: Diagnosis
) -> dict[str, Any] | None:
    titles = [normal(title) for title in sheet.titles]
    if normal(key) not in titles:
        found.log.add("DOCTOR_NO_KEY", file=sheet.file, layer=sheet.name, cell=key, key=key,
                      columns=", ".join(filter(None, sheet.titles)))  # fmt: skip
        return None
    ids = sheet.frame.iloc[:, titles.index(normal(key))].astype("str").reset_index(drop=True)
    ids = ids[ids != ""].reset_index(drop=True)
    index = UnitIndex.of(city) if city and not found.units else _index_of(found.units)
    matches = index.resolve(ids, "")
    hit = matches.position >= 0
    if found.units:
        orphans = len(index.units) - len(np.unique(matches.position[hit]))
    else:
        levels = set(index.levels(matches.position[hit]))
        concerned = index.units["level"].isin(levels)
        orphans = int(concerned.sum()) - len(np.unique(matches.position[hit]))
    unmatched = ids[matches.how == UNKNOWN].drop_duplicates()
    return {
        "file": sheet.file,
        "sheet": sheet.name,
        "key": key,
        "rows": len(ids),
        "matched": int(hit.sum()),
        "rate": float(hit.mean()) if len(ids) else 0.0,
        "by_id": int((matches.how == BY_ID).sum()),
        "ambiguous": int((matches.how == AMBIGUOUS).sum()),
        "duplicates": int(ids.duplicated().sum()),
        "unmatched_examples": unmatched.head(_EXAMPLES).tolist(),
        "orphans": orphans,
    }


def _index_of(parts: list[Units]) -> UnitIndex:
    """Units just read, as a model would hold them."""
    frames = []
    for units in parts:
        source_id = pd.Series(units.ids.astype(str), dtype="str")
        empty = np.full(len(units), "", object)
        frames.append(
            pd.DataFrame(
                {
                    "id": units.level + ":" + source_id,
                    "level": units.level,
                    "source_id": source_id,
                    "label_zh": units.columns.get("label_zh", empty),
                    "label_en": units.columns.get("label_en", empty),
                    "external_ids": units.columns.get("external_ids", empty),
                }
            )
        )
    return UnitIndex(pd.concat(frames, ignore_index=True))
