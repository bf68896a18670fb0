"""Units with the published results beside them, as files that other programs open, proved."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.writers.added import PREFIX, Added
from cim_bridge.writers.proof import Proof
from indicator_overlays.columns import NUMBER, STATE_CODES
from twin_server.tablefiles import FILES, ONE_LEVEL
from twin_server.tableproof import same_tables
from twin_server.twin import Twin

MODELS: tuple[str, ...] = ("cityjson", "cityjsonseq", "citygml")
"""Formats of a city model: bodies with their ids, results as attributes."""

FORMATS: tuple[str, ...] = tuple(FILES)
"""Formats of tables of units; a table or a layer a level where the format can hold several."""

_STATES = {code: name for name, code in STATE_CODES.items()}
_DROPPED = ("attributes", "external_ids", "visual_group", "removed", "row")


@dataclass(frozen=True)
class Wanted:
    """What to export: one level or all, of a year, in an indicator system; the GML version."""

    level: str | None = None
    year: int | None = None
    system: str | None = None
    gml: str = "2.0"


@dataclass(frozen=True)
class Exported:
    """Units of each level that were written, and the proof for each file."""

    counts: dict[str, int]
    proofs: list[Proof]

    @property
    def equal(self) -> bool:
        """Whether everything written was found to be what the city holds."""
        return all(proof.equal for proof in self.proofs)

    def report(self, form: str) -> dict[str, Any]:
        """The equality report."""
        files = [proof.to_json() for proof in self.proofs]
        return {"format": form, "equal": self.equal, "counts": self.counts, "files": files}


def export_city(twin: Twin, out: Path, form: str, wanted: Wanted) -> Exported:
    """Write, read back and compare; `out` appears whole, or not at all when it is not equal."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=out.parent))
    try:
        path = temporary / out.name
        write = _write_model if form in MODELS else _write_tables
        made = write(twin, path, form, wanted)
        if made.equal:
            _move(path, out)
        return made
    finally:
        shutil.rmtree(temporary)


def _move(path: Path, out: Path) -> None:
    if path.is_dir() and out.is_dir():
        for file in path.iterdir():
            file.replace(out / file.name)
    else:
        path.replace(out)


def _write_tables(twin: Twin, path: Path, form: str, wanted: Wanted) -> Exported:
    tables = level_tables(twin, wanted.level, twin.year(wanted.year), twin.system(wanted.system).id)
    if form in ONE_LEVEL and len(tables) > 1:
        log = IssueLog()
        log.add("EXPORT_ONE_LEVEL", form=form, levels=", ".join(tables))
        raise InputRefused(log)
    FILES[form](tables, path)
    counts = {name: len(table) for name, table in tables.items()}
    return Exported(counts, [same_tables(tables, path, form)])


def _write_model(twin: Twin, path: Path, form: str, wanted: Wanted) -> Exported:
    from cim_bridge.writers.citygml import write_citygml
    from cim_bridge.writers.cityjson import write_cityjson

    model = twin.model
    if model is None:
        log = IssueLog()
        log.add("WRITER_NOTHING", form=form)
        raise InputRefused(log)
    added = results_of(twin, wanted)
    if form == "citygml":
        proofs = write_citygml(model, path, wanted.gml, added)
    else:
        proofs = write_cityjson(twin.folder, model, path, form, added)
    counts = {name: twin.units.counts[name] for name in ("building",) if name in twin.units.counts}
    return Exported(counts, proofs)


def results_of(twin: Twin, wanted: Wanted) -> Added:
    """Results as attributes of buildings and objects: their own, or those of a higher level.

    With a level above buildings a building carries the results of the unit it lies in, and that
    unit's id as `checkup:unit`.
    """
    system = twin.system(wanted.system).id
    year = twin.year(wanted.year)
    values: dict[str, tuple[Any, ...]] = {}
    names: tuple[str, ...] = ()
    tables = []
    for level in ("object", "building"):
        if level in twin.units.counts:
            own = level_tables(twin, level, year, system)[level]
            given: pd.DataFrame = own
            if wanted.level not in (None, level):
                above = level_tables(twin, wanted.level, year, system)[str(wanted.level)]
                given = above.set_index("id", drop=False)
                given = given.reindex(own[f"parent_{wanted.level}"].to_numpy())
            told = _named(given, system, with_unit=given is not own)
            tables.append((own["id"].to_numpy(str), told))
    for _, told in tables:
        names = tuple(dict.fromkeys([*names, *told.columns]))
    for ids, told in tables:
        whole = told.reindex(columns=list(names)).astype(object)
        rows = whole.where(whole.notna(), None).itertuples(index=False, name=None)
        values |= dict(zip(ids.tolist(), rows, strict=True))
    return Added(names, values)


def _named(table: pd.DataFrame, system: str, *, with_unit: bool) -> pd.DataFrame:
    """Result columns under the names they have as attributes."""
    codes = [name.removesuffix("_state") for name in table.columns if name.endswith("_state")]
    ends = (("", ""), (":state", "_state"), (":period", "_period"))
    columns = {
        f"{PREFIX}{system}/{code}{end}": table[f"{code}{tail}"].to_numpy()
        for code in codes
        for end, tail in ends
    }
    if with_unit:
        columns[f"{PREFIX}unit"] = table["id"].to_numpy()
    return pd.DataFrame(columns, index=range(len(table)))


def level_tables(
    twin: Twin, level: str | None, year: int | None, system: str
) -> dict[str, gpd.GeoDataFrame]:
    """One table a level: who a unit is, then `<code>`, `<code>_state` and `<code>_period`."""
    units = twin.model.units if twin.model else gpd.GeoDataFrame()
    there = [name for name in LEVELS if name in twin.units.counts]
    if level is not None and level not in there:
        log = IssueLog()
        log.add("EXPORT_NO_UNITS", level=level, levels=", ".join(there))
        raise InputRefused(log)
    return {
        name: _with_results(twin, units[units["level"].to_numpy() == name], name, year, system)
        for name in ([level] if level else there)
    }


def _with_results(
    twin: Twin, units: gpd.GeoDataFrame, level: str, year: int | None, system: str
) -> gpd.GeoDataFrame:
    extra: dict[str, Any] = {}
    results = twin.results
    for key in results.keys if results is not None else ():
        if results is None or (key.system, key.level, key.year) != (system, level, year):
            continue
        overlay = results.overlay(*key)
        row = overlay.cells.row
        value = np.full(len(units), np.nan)
        value[row] = overlay.cells.value
        state = np.full(len(units), "missing", object)
        state[row] = _state_names(overlay.cells.state)
        extra[key.indicator] = value
        extra[f"{key.indicator}_state"] = state
        extra[f"{key.indicator}_period"] = overlay.period
    table = pd.concat([units, pd.DataFrame(extra, index=units.index)], axis=1)
    kept = table[~units["removed"].to_numpy(bool)]
    return gpd.GeoDataFrame(kept.drop(columns=list(_DROPPED)), geometry="geometry", crs=units.crs)


def _state_names(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.object_]:
    names = np.full(256, "value", object)
    for code, name in _STATES.items():
        names[code] = name
    assert NUMBER not in _STATES  # noqa: S101 - a number has no state of its own here
    found: npt.NDArray[np.object_] = names[codes]
    return found
