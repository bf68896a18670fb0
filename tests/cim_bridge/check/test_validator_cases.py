"""The public validator's own cases: invalid ones are found, valid ones raise no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_bridge.check import check_tileset
from cim_bridge.issues import IssueLog

pytestmark = pytest.mark.shared

VALID = frozenset(
    {
        "extensionNotNecessary_1_1_glTF",
        "tileContentBoundingVolumeWithRotationTransform",
        "tileContentBoundingVolumeWithTransform",
        "tileTransformNonInvertible",
        "tilesetWithMultipleExternal",
        "tilesetWithMultipleExternalA",
        "tilesetWithMultipleExternalA0",
        "tilesetWithMultipleExternalA1",
        "tilesetWithMultipleExternalB",
        "validTileset",
        "validTilesetWithCustomSemantics",
        "validTilesetWithCustomSemanticsWithInvalidType",
        "validTilesetWithGltfWithWarnings",
        "validTilesetWithSchema",
        "validTilesetWithTileMetadata",
        "validTilesetWithValid3tz",
        "validTilesetWithValidB3dm",
        "validTilesetWithValidCmptWithGlbInfo",
        "validTilesetWithValidGltf",
    }
)
"""Cases in which the public validator expects no error (it may warn)."""

NO_TILESETS = frozenset({"customSemanticsSchema"})
LACK_FILES = frozenset(
    {
        "implicitTilingValid",
        "validTilesetWithValidSchemaFromUri",
        "validTilesetWithInvalidSchemaFromUri",
    }
)
"""Cases that refer to files which are not in the collection."""


@pytest.fixture(scope="module")
def found(shared) -> dict[str, IssueLog]:
    top = shared / "data" / "tiles_invalid" / "validator_specs" / "tilesets"
    names = [p for p in sorted(top.glob("*.json")) if p.stem not in NO_TILESETS | LACK_FILES]
    return {path.stem: check_tileset(path) for path in names}


def test_valid_tilesets_raise_no_error(found):
    wrong = {name: [i.code for i in found[name].errors] for name in VALID}
    assert {name: codes for name, codes in wrong.items() if codes} == {}


def test_every_invalid_tileset_is_found(found):
    invalid = set(found) - VALID
    assert len(invalid) >= 120
    missed = {name for name in invalid if not len(found[name])}
    assert missed == set()


def test_all_but_nine_defects_are_errors_the_rest_are_warnings(found):
    mild = {name for name in set(found) - VALID if not found[name].errors}
    assert mild == {
        "extensionUsedButNotFound",
        "extrasUnexpectedType",
        "tileGeometricErrorNotSmallerThanParentGeometricError",
        "tileMetadataGeometricErrorInconsistent",
        "tileRefineMissingInRoot",
        "tileRefineMissingInRootOfExternal",
        "tileRefineMissingInRootOfExternalA",
        "tileRefineWrongCase",
        "validTilesetWith3tzWithError",
    }


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("assetVersionUnknown", "CHECK_VERSION"),
        ("boundingVolumeBoxInvalidArrayLength", "CHECK_LENGTH"),
        ("boundingVolumeRegionArrayElementsOutOfRange", "CHECK_VOLUME_INVALID"),
        ("extensionNotDeclaredAsRequired", "CHECK_EXTENSION_NOT_REQUIRED"),
        ("groupWithoutSchema", "CHECK_NO_SCHEMA"),
        ("implicitTilingWithBoundingSphere", "CHECK_IMPLICIT_ROOT"),
        ("tileContentBoundingVolumeNotInTileBoundingVolume", "CHECK_VOLUME_OUTSIDE"),
        ("tileMetadataVec3ElementValueNotInRange", "CHECK_RANGE"),
        ("tileTransformNotAffine", "CHECK_TRANSFORM"),
        ("tilesetMetadataEntityPropertyMaxWithNormalizedNotInRange", "CHECK_METADATA_RANGE"),
        ("tilesetWithCycleA", "CHECK_CYCLE"),
        ("tilesetWithUnicodeBOM", "CHECK_NOT_JSON"),
        ("validTilesetWithInvalid3tz", "CHECK_PACKAGE"),
        ("validTilesetWithInvalidB3dm", "CHECK_CONTENT_DAMAGED"),
        ("validTilesetWithIB3dmWithInvalidAlignment", "CHECK_CONTENT_ALIGNMENT"),
    ],
)
def test_a_defect_is_called_by_its_name(found, case, code):
    assert code in {issue.code for issue in found[case]}


def test_extensions_of_external_tilesets_must_be_declared_above(shared):
    top = shared / "data/tiles_invalid/validator_specs/tilesets/externalTilesetExtensions"
    bad = {
        folder.name
        for folder in top.iterdir()
        if folder.is_dir() and check_tileset(folder / "tileset.json").errors
    }
    assert bad == {
        "declaredInExternalContainedInExternal",
        "declaredInExternalContainedInTileset",
        "declaredInNoneContainedInExternal",
        "declaredInTilesetContainedInExternal",
    }


def test_packages_are_read_like_folders(shared):
    top = shared / "data/tiles_invalid/validator_specs/tilesets/packages"
    for file in sorted([*top.glob("valid*.3tz"), *top.glob("valid*.3dtiles")]):
        assert len(check_tileset(file)) == 0


@pytest.mark.parametrize("name", ["tiles10", "tiles11"])
def test_sample_tilesets_of_every_kind_are_walked_without_a_crash(shared, name):
    top: Path = shared / "data" / name
    patterns = ("*tileset*.json", "*.3tz", "*.3dtiles")
    files = [file for pattern in patterns for file in sorted(top.rglob(pattern))]
    assert len(files) > 25
    for file in files:
        for issue in check_tileset(file):
            assert issue.why["zh"]
            assert issue.why["en"]


def test_the_two_contents_that_are_absent_from_a_real_set_are_named(shared):
    log = check_tileset(shared / "data" / "tiles10" / "sibbe_3dbag_10" / "tileset.json")
    assert [issue.code for issue in log.errors] == ["CHECK_FILE_MISSING"] * 2
