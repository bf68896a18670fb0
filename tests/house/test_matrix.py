"""The table of what the bridge makes of the reference data: its rules, its judgement, a sample."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.matrix.catalogue import Entry, catalogue, entry
from bench.matrix.report import COLUMNS, doubts, faults, lines

SAMPLE = [
    "cityjson/japanese.city.json", "citygml/delft_citygml2.xml", "china/yantai_cnmaps/370602.*",
    "china/shenzhen_districts/*", "china/shanghai_poi/shanghai_hotpot.csv",
    "tiles10/cesiumjs_specs_via_loadersgl/Batched/BatchedWithBatchTable/*",
    "tiles10/cesiumjs_specs_via_loadersgl/Geometry/GeometryTileBoxes/*", "bad/cjval_data/t*",
    "tiles_invalid/validator_specs/tilesets/tileTransform*.json",
]  # fmt: skip


def row(**told: Any) -> dict[str, Any]:
    cells = dict.fromkeys(COLUMNS, 1) | {"read": "yes", "units": {"building": 1}, "ids": 100.0}
    cells |= {"tiles": "valid", "attach": 100.0, "round_trip": {"gpkg": True}}
    return {"path": "a", "kind": "model", "codes": [], "why": {}, "seconds": 1.0, **cells, **told}


def test_every_file_of_the_reference_data_has_a_rule(shared: Path) -> None:
    entries = catalogue(shared / "data")
    kinds = Counter(one.kind for one in entries)
    assert kinds["unknown"] == 0
    assert kinds["model"] >= 37
    assert kinds["tileset"] > 150
    assert kinds["bad"] > 180
    assert all(one.of for one in entries if one.kind in ("sidecar", "values"))
    with (shared / "data" / "MANIFEST.csv").open(encoding="utf-8") as handle:
        listed = [line["file"] for line in csv.DictReader(handle)]
    paths = [one.path for one in entries]
    assert [name for name in listed if not any(p.startswith(name) for p in paths)] == []


def test_a_rule_says_how_a_file_is_bridged_and_what_belongs_to_it() -> None:
    assert entry("nyc/derived/manhattan_cd101-103_roads.geojson").options == {"layer": "roads"}
    assert entry("china/shenzhen_districts/sz.dbf").of == "sz.shp"
    assert entry("somewhere/else.xyz").kind == "unknown"


def test_faults_are_tracebacks_unread_sources_and_empty_cells() -> None:
    entries = [Entry("a", "model")]
    assert faults([row()], entries) == []
    bare = row()
    del bare["attach"]
    wrong = {
        "boom": row(traceback="ValueError: boom"),
        "not read": row(read="refused", codes=["X"]),
        "without a finding": row(read="refused", codes=[]),
        "changed the city": row(unchanged=False),
        "empty without a reason": bare,
    }
    for words, one in wrong.items():
        assert any(words in said for said in faults([one], entries)), words
    assert any("not examined" in said for said in faults([], entries))
    assert any("no rule" in said for said in faults([], [Entry("z", "unknown")]))
    reasoned = {**bare, "why": {"attach": "it has no buildings"}}
    assert faults([reasoned], entries) == []


def test_what_is_not_whole_is_told_apart_from_what_is_wrong() -> None:
    half = row(ids=50.0, ids_lost=["x"], tiles="invalid: CHECK_GLTF", attach=9.0,
               round_trip={"gpkg": "ids missing", "citygml 2.0": True})  # fmt: skip
    assert len(doubts([half])) == 4
    assert faults([half], [Entry("a", "model")]) == []
    text = "\n".join(lines([half], [Entry("a", "model")], markdown=True))
    assert "differs: gpkg" in text


@pytest.mark.shared
def test_a_sample_of_every_kind_is_read_or_refused_in_words(shared: Path, tmp_path: Path) -> None:
    only = [part for glob in SAMPLE for part in ("--only", glob)]
    command = [sys.executable, "-m", "bench.matrix", "--data", str(shared / "data"), *only]
    command += ["--json", str(tmp_path / "m.json"), "--kept", str(tmp_path / "rows.jsonl")]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=240, check=False
    )
    told = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, (told["faults"], done.stderr[-2000:])
    rows = {one["path"]: one for one in told["rows"]}
    assert len(rows) > 12
    whole = rows["cityjson/japanese.city.json"]
    assert (whole["ids"], whole["attach"], whole["tiles"]) == (100.0, 100.0, "valid")
    assert set(whole["round_trip"].values()) == {True}
    assert len(whole["round_trip"]) == 5
    refused = [one for one in rows.values() if one["kind"] == "bad" and one["read"] == "refused"]
    assert refused
    assert all(one["codes"] and one["unchanged"] for one in refused)
    again = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert again.returncode == 0
    assert "left)" not in again.stderr, "what was examined before is not examined again"
