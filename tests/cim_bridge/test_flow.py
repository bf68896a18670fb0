"""A city made out of core is the same city, byte for byte, as one made in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio
import pytest
import shapely

import cim_bridge.flow.merge
import cim_bridge.flow.pile
import cim_bridge.flow.rowruns
import cim_bridge.flow.scatter
import cim_bridge.readers.cityjsonseq
import cim_bridge.readers.vector
import cim_bridge.tiles.massing
import cim_bridge.tiles.stored
import cim_bridge.tiles.texels
from bench.town import CRS, Town, make_town, write_citygml, write_cityjson, write_cityjsonseq
from cim_bridge.build import bridge
from cim_bridge.errors import InputRefused
from cim_bridge.flow.appended import Appended
from cim_bridge.flow.tally import Tally
from cim_bridge.folder import CityFolder
from cim_bridge.geometry.extrude import extrude
from cim_bridge.issues import IssueLog
from cim_bridge.merging import Merging
from cim_bridge.mesh import NONE
from cim_bridge.release import open_model
from cim_bridge.tiles.buildings import building_features
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.massing import mass, pieces_of
from tests.cim_bridge.lookfiles import as_sequence, textured_boxes
from tests.cim_bridge.test_bridge import tree

Steps = list[tuple[list[Path], dict[str, Any]]]
COUNT = 700


@pytest.fixture(scope="module")
def town() -> Town:
    return make_town(COUNT)


def table(town: Town, path: Path, **more: Any) -> Path:
    """Footprints with heights, in no order of place; each names its block and a neighbour."""
    order = np.random.default_rng(1).permutation(len(town))
    shapes = np.array([shapely.Polygon(outline) for outline in town.outlines])[order]
    fields: dict[str, Any] = {
        "bid": np.array([f"p{n}" for n in order], object),
        "height": (town.top - town.base)[order],
        "block_id": np.array([f"k{n % 9}" for n in order], object),
        "group": np.array([f"p{n // 2 * 2}" for n in order], object),
        **more,
    }
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), list(fields.values()), list(fields),
        geometry_type="Polygon", crs=CRS,
    )  # fmt: skip
    return path


def blocks(path: Path) -> Path:
    squares = np.array(
        [shapely.box(x, y, x + 250, y + 250) for x in (390000, 390250) for y in (5818000, 5818250)]
    )
    names = np.array([f"k{n}" for n in range(len(squares))], object)
    pyogrio.raw.write(
        path, shapely.to_wkb(squares), [names], ["id"], geometry_type="Polygon", crs=CRS
    )
    return path


def finer(town: Town, path: Path) -> Path:
    """The same buildings as blocks, as LoD2 with a ridge on the roof, and as both."""
    lines = write_cityjsonseq(town, path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[1:], 1):
        told = orjson.loads(line)
        (item,) = told["CityObjects"].values()
        (block,) = item["geometry"]
        fine = orjson.loads(orjson.dumps({**block, "lod": "2.2"}))
        roof = fine["boundaries"][0][1][0]
        told["vertices"].append(
            [*told["vertices"][roof[0]][:2], told["vertices"][roof[0]][2] + 900]
        )
        fine["boundaries"][0].append([[roof[0], roof[1], len(told["vertices"]) - 1]])
        item["geometry"] = [[block], [fine], [block, fine]][number % 3]
        lines[number] = orjson.dumps(told).decode()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def painted(folder: Path) -> Path:
    """Textured boxes in the town's system."""
    path = as_sequence(textured_boxes(folder, 120))
    text = path.read_text(encoding="utf-8").replace("4549", CRS.removeprefix("EPSG:"))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def cities(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Steps]:
    """What is bridged, by a name."""
    folder = tmp_path_factory.mktemp("sources")
    seq = write_cityjsonseq(town, folder / "town.city.jsonl")
    gml = folder / "town.gml"
    write_citygml(town, gml)
    plots = table(town, folder / "plots.gpkg")
    by_block: tuple[list[Path], dict[str, Any]] = (
        [blocks(folder / "blocks.gpkg")], {"level": "block", "key": "id"},
    )  # fmt: skip
    whole = write_cityjson(make_town(COUNT - 90), folder / "fewer.city.json")
    return {
        "sequence": [([seq], {})],
        "xml": [([gml], {})],
        "table": [([plots], {})],
        "blocks": [by_block, ([plots], {})],
        "finer": [by_block, ([finer(town, folder / "finer.city.jsonl")], {})],
        "painted": [([painted(folder)], {})],
        "sources": [
            by_block, ([seq], {}), ([plots], {"name": "other"}), ([whole], {"name": "town"}),
        ],
    }  # fmt: skip


def made(folder: Path, steps: Steps) -> tuple[list[str], dict[str, bytes]]:
    """Digests of every step, and all files of the city at the end."""
    city = CityFolder.init(folder, name="c", crs=CRS)
    digests = [bridge(city, sources, **words).digest for sources, words in steps]
    assert not list(city.models.glob(".staging*"))
    return digests, tree(city.models)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], list[str]]:
    """Let small cities pass for large ones; the list tells how often one was made on disk."""
    taken: list[str] = []
    on_disk = Merging._on_disk

    def noted(self: Merging, *rest: Any) -> Any:
        taken.append(self.source)
        return on_disk(self, *rest)

    def settle(rows: int, chunk: int) -> list[str]:
        monkeypatch.setattr(Merging, "_on_disk", noted)
        monkeypatch.setattr(cim_bridge.flow.pile, "MANY", 50)
        monkeypatch.setattr(cim_bridge.flow.merge, "ROWS", rows)
        monkeypatch.setattr(cim_bridge.flow.scatter, "ROWS", rows)
        monkeypatch.setattr(cim_bridge.flow.rowruns, "ROWS", rows)
        monkeypatch.setattr(cim_bridge.tiles.massing, "_AT_ONCE", chunk)
        monkeypatch.setattr(cim_bridge.tiles.stored, "RUN", rows)
        monkeypatch.setattr(cim_bridge.tiles.texels, "ROWS", rows)
        monkeypatch.setattr(cim_bridge.flow.scatter, "_AT_ONCE", 2 * chunk)
        monkeypatch.setattr(cim_bridge.readers.cityjsonseq, "LINES", chunk)
        monkeypatch.setattr(cim_bridge.readers.vector, "ROWS", chunk)
        return taken

    return settle


@pytest.mark.parametrize(
    "name", ["sequence", "xml", "table", "blocks", "finer", "painted", "sources"]
)
def test_out_of_core_and_in_memory_give_the_same_bytes(
    tmp_path: Path, name: str, cities: dict[str, Steps], large: Callable[[int, int], list[str]]
) -> None:
    digests, files = made(tmp_path / "memory", cities[name])
    taken = large(128, 75)
    assert made(tmp_path / "disk", cities[name]) == (digests, files)
    assert len(taken) == sum(1 for _, words in cities[name] if "level" not in words)
    taken = large(100, 111)  # other runs, other chunks
    assert made(tmp_path / "again", cities[name]) == (digests, files)


def test_findings_about_chunks_are_findings_about_the_source(
    tmp_path: Path, town: Town, large: Callable[[int, int], list[str]]
) -> None:
    """Bow ties to repair, lines that are no building, heights that lack: counted over all."""
    height = np.where(np.arange(COUNT) % 3 == 0, np.nan, 2000.0)
    path = table(town, tmp_path / "odd.gpkg", height=height)
    frame = pyogrio.raw.read(path)
    shapes = shapely.from_wkb(frame[2])
    for number in range(0, COUNT, 50):
        shapes[number] = shapely.Polygon([(390000, 5818000), (390009, 5818009), (390009, 5818000),
                                          (390000, 5818009)])  # fmt: skip
        shapes[number + 1] = shapely.LineString([(390000, 5818000), (390009, 5818009)])
    odd = tmp_path / "odder.gpkg"
    pyogrio.raw.write(
        odd, shapely.to_wkb(shapes), frame[3], frame[0]["fields"], geometry_type="Unknown", crs=CRS
    )
    steps: Steps = [([odd], {"name": "odd"})]
    digests, files = made(tmp_path / "memory", steps)
    large(128, 75)
    assert made(tmp_path / "disk", steps) == (digests, files)
    issues = open_model(CityFolder.open(tmp_path / "disk")).issues()
    counts = {issue["code"]: issue["count"] for issue in issues}
    assert counts["GEOMETRY_KIND"] == COUNT // 50
    assert counts["GEOMETRY_REPAIRED"] == COUNT // 50
    assert counts["HEIGHT_UNLIKELY"] > COUNT // 2


def test_ids_that_hashes_cannot_tell_apart_are_looked_at_in_full(
    tmp_path: Path, town: Town, large: Callable[[int, int], list[str]]
) -> None:
    large(128, 75)
    path, other = table(town, tmp_path / "a.gpkg"), table(town, tmp_path / "b.gpkg")
    city = CityFolder.init(tmp_path / "city", name="c", crs=CRS)
    with pytest.raises(InputRefused) as refused:
        bridge(city, [path, other])
    assert "ID_DUPLICATE" in {issue.code for issue in refused.value.log.errors}
    assert city.head_model() is None
    bridge(city, [path], name="a")
    with pytest.raises(InputRefused) as refused:
        bridge(city, [other], name="b")
    assert {issue.code for issue in refused.value.log.errors} == {"ID_TAKEN"}
    assert not list(city.models.glob(".staging*"))


def test_the_seed_of_hashes_changes_nothing(tmp_path: Path, cities: dict[str, Steps]) -> None:
    program = (
        "import sys; from pathlib import Path; import cim_bridge.flow.pile as pile; pile.MANY = 50;"
        "from cim_bridge.build import bridge; from cim_bridge.folder import CityFolder;"
        f"city = CityFolder.init(Path(sys.argv[1]), name='c', crs='{CRS}');"
        "print(bridge(city, [Path(sys.argv[2])]).digest)"
    )
    source = str(cities["table"][0][0][0])
    found = set()
    for seed in ("0", "4242"):
        words = [sys.executable, "-c", program, str(tmp_path / seed), source]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        ran = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
        found.add(ran.stdout.strip().splitlines()[-1])
    assert len(found) == 1


def test_a_tally_adds_up_what_is_of_one_kind() -> None:
    told = Tally()
    for count, ids in ((2, "a, b"), (5, "c, d, e, f, g")):
        told.add("GEOMETRY_REPAIRED", file="x", id=ids[0], count=count, ids=ids)
    told.add("GEOMETRY_REPAIRED", file="y", id="z", count=1, ids="z")
    whole = IssueLog()
    whole.add("GEOMETRY_REPAIRED", file="x", id="a", count=7, ids="a, b, c, d, e …")
    whole.add("GEOMETRY_REPAIRED", file="y", id="z", count=1, ids="z")
    assert told.to_json() == whole.to_json()
    told = Tally()
    told.add("TYPE_SKIPPED", file="x", count=2, types="Bridge (1), Tunnel (1)")
    told.add("TYPE_SKIPPED", file="x", count=3, types="Tunnel (3)")
    assert "Bridge (1), Tunnel (4)" in orjson.dumps(told.to_json()).decode()


def test_an_array_that_grew_is_the_array_that_was_saved(tmp_path: Path) -> None:
    values = np.arange(30_000, dtype=np.float64).reshape(-1, 3)
    np.save(tmp_path / "once.npy", values)
    grown = Appended(tmp_path / "grown.npy", np.float64, (3,))
    for part in np.array_split(values, 7):
        grown.add(part)
    grown.close()
    assert (tmp_path / "grown.npy").read_bytes() == (tmp_path / "once.npy").read_bytes()


def test_blocks_massed_some_at_a_time_are_the_same_blocks(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = np.array([shapely.Polygon(outline) for outline in town.outlines])
    units = columns_of([f"b{n}" for n in range(COUNT)], shapes)
    mesh = extrude(shapes, town.base, town.top, np.arange(COUNT))
    features = building_features(mesh, units)
    block = (np.arange(COUNT, dtype=np.uint32) * 7) % 23
    block[::11] = NONE  # these stand alone
    blocks = columns_of([f"k{n}" for n in range(23)], np.full(23, None, object))
    piece = pieces_of(block, features.centres())
    whole = mass(features, units, blocks, block, piece)
    monkeypatch.setattr(cim_bridge.tiles.massing, "_AT_ONCE", 100)
    parts = mass(features, units, blocks, block, piece)
    assert (parts.error == whole.error).all()
    for name in ("first", "row", "group", "massing"):
        assert (getattr(parts.features, name) == getattr(whole.features, name)).all()
    assert parts.features.ids[:] == whole.features.ids[:]
    drawn = [one.features.vertices[one.features.triangles] for one in (whole, parts)]
    assert (drawn[0] == drawn[1]).all()


def columns_of(ids: list[str], shapes: Any) -> Columns:
    count = len(ids)
    nothing = np.full(count, "", object)
    return Columns(
        ids, np.arange(count, dtype=np.uint32), nothing, np.zeros(count, bool), shapes, nothing
    )
