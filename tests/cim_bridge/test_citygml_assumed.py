"""What a child assumes of a document's place is judged by its parent: the result is never other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_bridge import child
from cim_bridge.citygml import apart
from cim_bridge.citygml.assumed import ASSUMED, metric_systems
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, join_readings
from cim_bridge.readers.citygml import READER
from tests.cim_bridge import gmlfiles

METRES = "EPSG:25832"


def _town(path: Path, srs: str, *, swapped: bool = False) -> Path:
    """Two boxes, one with a value; their metres as written, or northing first."""
    houses = []
    for k in range(2):
        west, south = gmlfiles.WEST + 40 * k, gmlfiles.SOUTH
        faces = gmlfiles.box(west, south, 10.0, 8.0, 6.0, 5.0 + k)
        if swapped:
            faces = [[(y, x, z) for x, y, z in reversed(face)] for face in faces]
        body = gmlfiles.solid(*(gmlfiles.polygon(face) for face in faces))
        houses.append(
            f'<bldg:Building gml:id="b{k}"><bldg:function>1000</bldg:function>'
            f"<bldg:lod1Solid>{body}</bldg:lod1Solid></bldg:Building>"
        )
    text = gmlfiles.root("".join(map(gmlfiles.member, houses)), srs=srs)
    return gmlfiles.write(path, text)


def _both(path: Path, wish: Wish) -> tuple[Reading | None, Reading, list[str], list[str]]:
    here, there = IssueLog(), IssueLog()
    read = READER.read(path, wish, here)
    streamed = join_readings(list(READER.stream(path, wish, there)))
    return read, streamed, [i.code for i in here], [i.code for i in there]


@pytest.mark.parametrize(
    ("srs", "swapped", "runs"),
    [(METRES, False, 1), (METRES, True, 2), ("EPSG:4258", False, 1), ("urn:x:unknown", False, 1)],
)
def test_streaming_gives_what_reading_gives_whatever_was_assumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, srs: str, swapped: bool, runs: int
) -> None:
    children: list[bool] = []
    run = child.run_child

    def counted(module: str, job: str, **limits: float) -> object:
        ended = run(module, job, **limits)  # type: ignore[arg-type]
        children.append((Path(job) / ASSUMED).is_file())
        return ended

    monkeypatch.setattr(apart, "run_child", counted)
    path = _town(tmp_path / "town.gml", srs, swapped=swapped)
    read, streamed, one, other = _both(path, Wish())
    assert one == other
    assert read is not None
    assert read.mesh is not None
    assert streamed.mesh is not None
    assert read.crs == streamed.crs
    assert np.array_equal(read.mesh.vertices, streamed.mesh.vertices)
    assert np.array_equal(read.mesh.triangles, streamed.mesh.triangles)
    low = read.mesh.vertices.min(axis=0)
    if srs == METRES:
        assert low.tolist() == [gmlfiles.WEST, gmlfiles.SOUTH, 10.0]
    assert len(children) == runs
    assert children == ([True, False] if swapped else [srs == METRES])


def test_only_systems_of_metres_are_assumed(tmp_path: Path) -> None:
    path = _town(tmp_path / "town.gml", METRES)
    assert metric_systems(path, None) == [METRES]
    assert metric_systems(path, "EPSG:4326") == []
    assert metric_systems(path, "EPSG:28992") == ["EPSG:28992"]
    assert metric_systems(_town(tmp_path / "degrees.gml", "EPSG:4258"), None) == []
