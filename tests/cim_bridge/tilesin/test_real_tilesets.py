"""Every tileset of the reference data opens; features are counted, py3dtiles agrees."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish
from cim_bridge.readers.tileset import READER
from cim_bridge.tilesin.keys import own_names
from cim_bridge.tilesin.opened import open_tileset
from cim_bridge.tilesin.pieces import Piece

pytestmark = pytest.mark.shared

COUNTS = {
    "tiles10/sibbe_3dbag_10/tileset.json": 1178,
    "tiles11/sibbe_3dbag_11/tileset.json": 414,
}
EMPTY = {"parent.b3dm"}
FOREIGN = (".geom", ".vctr")
"""Formats of CesiumJS's own test data that no standard describes."""


def opened(path: Path) -> tuple[list[Piece], Any, IssueLog]:
    log = IssueLog()
    found = open_tileset(path, log)
    assert found is not None, log.to_json()
    pieces = list(found.pieces())
    found.package.close()
    return pieces, found, log


@pytest.mark.parametrize("name", COUNTS)
def test_features_are_counted_as_they_are(shared: Path, name: str) -> None:
    pieces, _, _ = opened(shared / "data" / name)
    assert sum(len(piece) for piece in pieces) == COUNTS[name]


CESIUM = {
    "tiles10/cesium_request_volume/": {"": 42, "city/": 40},
    "tiles10/cesium_tree_billboards/": {"": 50},
    "tiles11/cesium_11/": {
        "BoundingBoxTests/0_0_0-1_1_2/": 1, "BoundingBoxTests/0_0_0-1_2_1/": 1,
        "BoundingBoxTests/0_0_0-2_1_1/": 1, "BoundingBoxTests/0_0_2-1_1_4/": 1,
        "BoundingBoxTests/0_2_0-1_4_1/": 1, "BoundingBoxTests/2_0_0-4_1_1/": 1,
        "MetadataGranularities/": 20, "MultipleContents/": 2, "SparseImplicitOctree/": 31,
        "SparseImplicitQuadtree/": 32, "TilesetWithFullMetadata/": 0,
    },
    "tiles11/cesium_gltf_metadata/": {
        "CESIUM_primitive_outline/BoxPrimitiveOutline/": 1,
        "EXT_mesh_features/FeatureIdAttribute/": 4, "EXT_mesh_features/FeatureIdTexture/": 1,
        "EXT_structural_metadata/ComplexTypes/": 4,
        "EXT_structural_metadata/FeatureIdAttributeAndPropertyTable/": 4,
        "EXT_structural_metadata/FeatureIdTextureAndPropertyTable/": 4,
        "EXT_structural_metadata/MultipleClasses/": 8,
        "EXT_structural_metadata/MultipleFeatureIdsAndProperties/": 4,
        "EXT_structural_metadata/PropertyAttributesPointCloud/": 2,
        "EXT_structural_metadata/SharedPropertyTable/": 4,
        "EXT_structural_metadata/SimplePropertyTexture/": 1, "GpuInstancesMetadata/": 10,
    },
    "tiles11/tools_tileset.3tz": {"": 50},
}  # fmt: skip
"""Features of every sample tileset of Cesium, each with an id of its own."""


def test_27_of_27_samples_of_cesium_are_read_with_every_feature_and_id(shared: Path) -> None:
    data = shared / "data"
    told = {
        data / folder / (f"{name}tileset.json" if folder.endswith("/") else ""): count
        for folder, inner in CESIUM.items()
        for name, count in inner.items()
    }
    there = {path for folder in CESIUM for path in (data / folder).rglob("tileset*.json")}
    assert {path for path in told if path.suffix == ".json"} == there
    assert len(told) == 27
    for path, count in told.items():
        pieces, found, log = opened(path)
        assert (found.missing, found.broken, found.unreadable) == ([], {}, {}), path
        assert not log.errors
        ids = {name for piece in pieces for name in own_names(piece).tolist()}
        assert (sum(len(piece) for piece in pieces), len(ids)) == (count, count), path


def test_every_other_sample_is_read_but_for_what_is_empty_or_of_no_standard(shared: Path) -> None:
    folder = shared / "data/tiles10/cesiumjs_specs_via_loadersgl"
    read = 0
    for path in sorted(folder.rglob("tileset*.json")):
        pieces, found, _ = opened(path)
        read += len(pieces)
        assert found.missing == [], path
        assert all(uri.endswith(FOREIGN) for uri in found.unreadable), (path, found.unreadable)
        for uri in found.broken:
            inside = path.parent / uri
            lead_out = "leads out" in found.broken[uri]
            assert lead_out or inside.stat().st_size == 0, (path, uri, found.broken[uri])
    assert read > 150


def test_packages_of_the_tools_open_or_are_refused_as_their_names_say(shared: Path) -> None:
    for path in sorted((shared / "data/tiles11/tools_specs_pkg2").glob("*.3*")):
        log = IssueLog()
        found = open_tileset(path, log)
        if found is not None:
            found.package.close()
        codes = {issue.code for issue in log.errors}
        if path.name.startswith(("invalid", "missing")):
            assert codes == {"TILESIN_PACKAGE"}, path.name
        else:
            assert codes <= {"TILESIN_NO_ENTRY"}, path.name  # validSmall holds no tileset


def test_the_hierarchy_of_the_samples_is_resolved(shared: Path) -> None:
    folder = shared / "data/tiles10/cesiumjs_specs_via_loadersgl/Hierarchy"
    for kind in ("BatchTableHierarchy", "BatchTableHierarchyBinary", "BatchTableHierarchyLegacy"):
        (piece,) = opened(folder / kind / "tileset.json")[0]
        assert {"wall", "door", "roof"} <= set(piece.columns["class"].tolist())
        assert len(piece) == 30
        assert set(piece.columns["building_name"].tolist()) == {
            "building0", "building1", "building2",
        }  # fmt: skip


def test_strings_of_the_complex_sample_are_exact(shared: Path) -> None:
    folder = shared / "data/tiles11/cesium_gltf_metadata/EXT_structural_metadata"
    (piece,) = opened(folder / "ComplexTypes/tileset.json")[0]
    texts = piece.columns["example_variable_length_ARRAY_STRING"].tolist()
    assert all(isinstance(row, list) for row in texts)
    assert any("example" in word.lower() or word for row in texts for word in row)
    enums = piece.columns["example_fixed_length_ARRAY_ENUM"].tolist()
    assert all(isinstance(name, str) for row in enums for name in row)


def test_py3dtiles_finds_the_same_ids_and_corners_in_a_b3dm(shared: Path) -> None:
    from py3dtiles.tileset.content import read_binary_tile_content

    folder = shared / "data/tiles10/sibbe_3dbag_10"
    pieces = {piece.uri: piece for piece in opened(folder / "tileset.json")[0]}
    for uri in ("content/1_1_0.b3dm", "content/2_2_3.b3dm"):
        other = read_binary_tile_content(folder / uri)
        names = other.body.batch_table.get_data_from_header("identificatie") if hasattr(
            other.body.batch_table, "get_data_from_header"
        ) else other.body.batch_table.header.data["identificatie"]  # fmt: skip
        assert list(names) == pieces[uri].columns["identificatie"].tolist()


def test_bridging_reads_sibbe_where_it_lies(shared: Path) -> None:
    log = IssueLog()
    reading = READER.read(shared / "data/tiles11/sibbe_3dbag_11/tileset.json", Wish(), log)
    assert reading is not None
    (units,) = reading.units
    assert len(units) == 414
    assert units.ids[0].startswith("NL.IMBAG.Pand.")
    assert reading.crs == "EPSG:32631"
    assert reading.ellipsoidal
    assert reading.mesh is not None
    # the tileset's own region: 5.8213 to 5.8785 E, 50.8230 to 50.8591 N, 115.2 to 228.5 m
    from pyproj import Transformer

    back = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True)
    x, y, z = reading.mesh.vertices.T
    lon, lat = back.transform(x, y)
    assert 5.8212 < lon.min() < lon.max() < 5.8786
    assert 50.8229 < lat.min() < lat.max() < 50.8592
    assert 115.1 < z.min() < z.max() < 228.5
    import shapely

    area = shapely.area(units.shapes)
    assert (area > 1).all()
    assert 60 < np.median(area) < 70


def test_two_doubles_among_a_thousand_ids_are_joined_and_told(shared: Path) -> None:
    log = IssueLog()
    reading = READER.read(shared / "data/tiles10/sibbe_3dbag_10/tileset.json", Wish(), log)
    assert reading is not None
    assert len(reading.units[0]) == 1176
    assert {issue.code: issue.count for issue in log} == {
        "TILESIN_CONTENT_MISSING": 2, "TILESIN_KEY_CHOSEN": 1, "TILESIN_MERGED": 2,
    }  # fmt: skip


def test_reading_needs_neither_py3dtiles_nor_numba(shared: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cim_bridge.issues import IssueLog;"
        "from cim_bridge.tilesin.opened import open_tileset;"
        f"o = open_tileset(Path({str(shared / 'data/tiles10/sibbe_3dbag_10')!r}), IssueLog());"
        "assert len(list(o.pieces())) == 4;"
        "assert not {'numba', 'py3dtiles', 'trimesh', 'DracoPy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reading_changes_no_byte_of_a_tileset(shared: Path) -> None:
    folder = shared / "data/tiles10/sibbe_3dbag_10"

    def digest() -> str:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    before = digest()
    opened(folder / "tileset.json")
    assert digest() == before


def test_no_invalid_tileset_of_the_validator_breaks_the_reader(shared: Path) -> None:
    folder = shared / "data/tiles_invalid/validator_specs"
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".json", ".3tz", ".3dtiles")]
    assert len(files) > 150
    for path in files:
        log = IssueLog()
        reading = READER.read(path, Wish(), log)
        assert reading is not None or log.errors, path.name
