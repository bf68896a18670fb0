"""One source from end to end: bridged, counted, checked, attached, written out again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.matrix.catalogue import Entry
from bench.matrix.counting import Uncounted, features_in, ids_in
from bench.matrix.hashing import digest_of

ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, Any]
_NONE = "refused: nothing was made of it"
_VALIDATE = """
const validator = require("gltf-validator"), fs = require("fs");
(async () => {
  let bad = 0;
  for (const file of fs.readFileSync(0, "utf8").split("\\n").filter(Boolean)) {
    const bytes = new Uint8Array(fs.readFileSync(file));
    try {
      const report = await validator.validateBytes(bytes, { uri: file, maxIssues: 10 });
      bad += report.issues.numErrors > 0;
    } catch (error) {
      bad += 1;
    }
  }
  console.log(bad);
})();
"""


def examine_source(path: Path, entry: Entry, work: Path, row: Row) -> None:
    """Fill the row of one model, layer or tileset."""
    from cim_bridge.errors import InputRefused
    from cim_bridge.folder import CityFolder
    from cim_bridge.release import open_model

    city = CityFolder.init(work / "city", name="matrix", crs=entry.city or "EPSG:4326")
    before, start = digest_of(city.path), time.monotonic()
    try:
        report = _bridged(city, path, entry, row)
    except InputRefused as exc:
        row["read"] = "refused"
        row["codes"] = list(dict.fromkeys(issue.code for issue in exc.log))
        row["unchanged"] = digest_of(city.path) == before
        row["why"] = dict.fromkeys(
            ("features", "ids", "units", "tiles", "attach", "round_trip"), _NONE
        )
        return
    row["read"] = "yes"
    row["codes"] = list(dict.fromkeys(issue.code for issue in report.issues))
    row["features"] = report.features
    row["units"] = {name: n for name, n in report.counts.items() if n and name != "city"}
    model = open_model(city)
    points = int(sum(source["points"] for source in model.manifest["sources"]))
    if points:
        row["points"] = points
    row["stages"] = {"bridge": round(time.monotonic() - start, 2)}
    for name, step in {
        "ids": lambda: _ids(path, entry, row, model, report),
        "tiles": lambda: _tiles(city, row),
        "attach": lambda: _attach(city, model, path, entry, row),
        "round_trip": lambda: _round_trip(city, model, path, work, row),
    }.items():
        start = time.monotonic()
        step()
        row["stages"][name] = round(time.monotonic() - start, 2)


def _bridged(city: Any, path: Path, entry: Entry, row: Row) -> Any:
    """Bridge; a tileset that stands nowhere on Earth is put at the origin of Web Mercator."""
    from cim_bridge.build import bridge
    from cim_bridge.errors import InputRefused

    try:
        return bridge(city, [path], **entry.options)
    except InputRefused as exc:
        codes = {issue.code for issue in exc.log}
        if entry.kind != "tileset" or "TILESIN_NOT_ON_EARTH" not in codes:
            raise
        row["note"] = "in no place on Earth: read in EPSG:3857"
        return bridge(city, [path], crs="EPSG:3857")


def _ids(path: Path, entry: Entry, row: Row, model: Any, report: Any) -> None:
    columns = model.columns("source_id", "level", "removed")
    ours = set(columns["source_id"].to_pylist())
    if entry.kind == "tileset":
        _tileset_ids(path, row, ours)
        return
    try:
        chosen = [i.place.cell for i in report.issues if i.code == "KEY_CHOSEN"]
        column = entry.options.get("key") or (chosen[0] if chosen else "")
        row["counted"] = features_in(path, entry)
        theirs = ids_in(path, entry, column)
        row["ids"] = round(100 * len(theirs & ours) / len(theirs), 2)
        row["ids_lost"] = sorted(theirs - ours)[:5]
    except Uncounted as exc:
        row["why"]["ids"] = str(exc)


def _tileset_ids(path: Path, row: Row, ours: set[str]) -> None:
    """Share of the features in all finest contents whose id stands among the units."""
    from cim_bridge.issues import IssueLog
    from cim_bridge.tilesin.keys import choose_key, own_names, texts_of
    from cim_bridge.tilesin.opened import open_tileset

    opened = open_tileset(path, IssueLog())
    if opened is None:
        row["why"]["ids"] = "the tileset does not open"
        return
    pieces = [piece for piece in opened.pieces(finest=True) if len(piece)]
    opened.package.close()
    key = choose_key(pieces, None, IssueLog(), path.name) if pieces else None
    theirs: set[str] = set()
    for piece in pieces:
        own = own_names(piece)
        told = texts_of(piece.columns[key]) if key in piece.columns else own
        theirs |= set(np.where(told == "", own, told).tolist())
    row["counted"] = sum(len(piece) for piece in pieces)
    row["id_property"] = key or "content and feature number"
    if not theirs:
        row["why"]["ids"] = "it holds no features"
        return
    row["ids"] = round(100 * len(theirs & ours) / len(theirs), 2)
    row["ids_lost"] = sorted(theirs - ours)[:5]


def _tiles(city: Any, row: Row) -> None:
    from cim_bridge.check import check_city

    log = check_city(city)
    made = sorted(city.path.rglob("*.glb"))
    errors = [issue.code for issue in log.errors]
    if not made:
        row["why"]["tiles"] = "districts and other outlines make no tiles" if not errors else ""
        if errors:
            row["tiles"] = "invalid: " + ", ".join(dict.fromkeys(errors))
        return
    bad = _validated(made)
    row["glb"] = len(made)
    row["validator"] = "absent" if bad is None else bad
    wrong = errors + ([f"{bad} glb"] if bad else [])
    row["tiles"] = "invalid: " + ", ".join(dict.fromkeys(wrong)) if wrong else "valid"


def _validated(files: list[Path]) -> int | None:
    """How many contents gltf-validator finds an error in; None when it is not installed."""
    modules = ROOT / "viewer" / "node_modules"
    if not (modules / "gltf-validator").is_dir():
        return None
    node = [sys.executable, str(ROOT / ".ci" / "npm.py"), "--node"]
    done = subprocess.run(
        [*node, "-e", _VALIDATE], cwd=modules.parent, capture_output=True, text=True,
        check=True, timeout=240, input="\n".join(map(str, files)),
    )  # fmt: skip
    return int(done.stdout.strip())


def _attach(city: Any, model: Any, path: Path, entry: Entry, row: Row) -> None:
    """The source's own tileset bound to its units; of a model, the tiles that we made of it."""
    from cim_bridge.binding.attach import attach
    from cim_bridge.errors import TwinError

    tiles = model.path / "tiles" / "buildings" / "tileset.json"
    if not row["units"].get("building"):
        row["why"]["attach"] = "it has no buildings to bind"
        return
    folder = path.parent if entry.kind == "tileset" and path.is_file() else path
    target = path if entry.kind == "tileset" else tiles
    before = digest_of(folder) if entry.kind == "tileset" else ""
    crs = "EPSG:3857" if entry.kind == "tileset" and "EPSG:3857" in row["note"] else None
    try:
        report = attach(city, target, crs=crs)
    except TwinError as exc:
        row["why"]["attach"] = f"{type(exc).__name__}: {exc}"[:160]
        return
    features, matched = report.finest
    row["attach"] = round(100 * matched / max(features, 1), 2)
    if features < report.features:
        row["attach_coarse"] = report.features - features
    row["attach_how"] = report.how
    if before and digest_of(folder) != before:
        row["traceback"] = "attach changed the tileset"


def _round_trip(city: Any, model: Any, path: Path, work: Path, row: Row) -> None:
    """What is written out again and read back, format by format."""
    found = {**_models_out(city, model, path, work, row), **_tables_out(model, work)}
    row["round_trip"] = found


def _models_out(city: Any, model: Any, path: Path, work: Path, row: Row) -> dict[str, Any]:
    from cim_bridge.writers.added import Added
    from cim_bridge.writers.citygml import write_citygml
    from cim_bridge.writers.cityjson import write_cityjson

    if not row["units"].get("building") or not len(model.mesh()):
        return {}
    added = Added(("checkup:matrix/x",), {})
    form = "cityjsonseq" if path.suffix == ".jsonl" else "cityjson"
    found = {}
    ending = "city.jsonl" if form == "cityjsonseq" else "city.json"
    for proof in write_cityjson(city, model, work / f"out.{ending}", form, added):
        found[f"{form} {proof.how}"] = proof.equal or proof.reason
    if str(model.manifest["crs"]).startswith("EPSG:"):
        for version in ("2.0", "3.0"):
            (proof,) = write_citygml(model, work / f"out{version}.gml", version, added)
            found[f"citygml {version}"] = proof.equal or proof.reason
    return found


def _tables_out(model: Any, work: Path) -> dict[str, Any]:
    from twin_server.tablefiles import FILES
    from twin_server.tableproof import same_tables

    units = model.units
    units = units[~units["removed"].to_numpy(bool)].drop(
        columns=["attributes", "external_ids", "visual_group", "removed", "row"]
    )
    levels = units["level"].to_numpy()
    tables = {name: units[levels == name] for name in np.unique(levels.astype(str)).tolist()}
    found = {}
    for form in ("gpkg", "geoparquet"):
        out = work / f"out.{'gpkg' if form == 'gpkg' else 'parquet'}"
        FILES[form](tables, out)
        proof = same_tables(tables, out, form)
        found[form] = proof.equal or proof.reason
    return found
