"""Surface colours of IFC elements reach the building's triangles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_bridge.anchor import Anchor
from cim_bridge.ifc.records import append, shapes
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import NONE
from cim_bridge.reader import Wish
from cim_bridge.readers.ifc import READER


def test_a_record_carries_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "shapes"
    with path.open("wb") as handle:
        append(handle, "a" * 22, np.eye(3), [[0, 1, 2]], np.array([[1, 2, 3, 255]]))
        append(handle, "b" * 22, np.eye(3), [[0, 1, 2]])
    assert [one.colours.tolist() for one in shapes(path)] == [[[1, 2, 3, 255]], [[0, 0, 0, 0]]]


def test_a_real_house_has_the_colours_of_its_styles(shared: Path) -> None:
    pytest.importorskip("ifcopenshell", reason="the extra `ifc` is not installed")
    wish = Wish(anchor=Anchor.of("460000,5430000,50", 0.0, "EPSG:32632"))
    reading = READER.read(shared / "data/ifc/ifc4_openhouse.ifc", wish, IssueLog())
    assert reading is not None
    assert reading.mesh is not None
    assert reading.mesh.material is not None
    assert reading.mesh.uv is None
    seen = {
        tuple(round(value, 2) for value in one.colour[:3]) for one in reading.mesh.materials
    }  # fmt: skip
    assert {(0.75, 0.73, 0.68), (0.26, 0.22, 0.18)} <= seen
    assert (reading.mesh.material != NONE).mean() > 0.9
