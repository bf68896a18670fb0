"""What a 3DCityDB says of looks is what its file says: colours, images, matrices, themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from cim_bridge.build import bridge
from cim_bridge.mesh import NONE, Mesh
from cim_bridge.readers.remote.given import given
from cim_bridge.release import open_model
from tests.cim_bridge.cityfiles import new_city
from tests.cim_bridge.gmlfiles import WEST
from tests.cim_bridge.remote.citydb.town import Answer, filled, from_file, read_database, same
from tests.cim_bridge.test_citygml_looks import _appearance, _image, _list, _paint, _town
from tests.support.citydb.looks import dress
from tests.support.citydb.writer import plain
from tests.support.postgis import PostGis

WALLS = [f"h{h}_p{k}" for h in (0, 1) for k in (1, 3)]
ROOFS = [f"h{h}_p{k}" for h in (0, 1) for k in (5, 6)]
MATRIX = (
    '<app:target uri="#h0_p2"><app:TexCoordGen><app:worldToTexture>'
    f"0.5 0 0 {-0.5 * WEST + 300} 0 0 0.25 0 0 0 0 1"
    "</app:worldToTexture></app:TexCoordGen></app:target>"
)
DAY = _appearance(
    _image("".join(_list(one, "2.0") for one in WALLS) + MATRIX, wrap="mirror"),
    _paint([*ROOFS, "h0_p1"]),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    night = _appearance(_paint(ROOFS[:1], "1 0 0"), theme="night")
    return _town(tmp_path_factory.mktemp("dressed"), DAY + night)


@pytest.fixture(scope="module")
def url(postgis: PostGis, town: Path) -> str:
    found = filled(postgis, town)
    dress(found, town)
    return found


def worn(mesh: Mesh | None) -> list[tuple[Any, ...]]:
    """Every triangle's place, colour, image, wrap and texture coordinates, in one order."""
    assert mesh is not None
    assert mesh.material is not None
    assert mesh.uv is not None
    found = []
    for corners, number, uv in zip(
        mesh.vertices[mesh.triangles], mesh.material.tolist(), mesh.uv, strict=True
    ):
        one = mesh.materials[number] if number != NONE else None
        picture = one.picture.digest if one and one.picture else ""
        look = (tuple(np.round(one.colour, 3)), picture, one.wrap) if one else ()
        place = (*corners.min(axis=0).round(2), *corners.max(axis=0).round(2))
        listed = sorted(map(tuple, np.round(uv, 4).tolist())) if picture else []
        found.append((place, look, listed))
    return sorted(found, key=repr)


def whole(answer: Answer) -> Answer:
    assert not answer.log.errors, answer.log
    return answer


def test_faces_wear_in_the_database_what_they_wear_in_the_file(url: str, town: Path) -> None:
    answer, file = whole(read_database(url)), from_file(town)
    same(answer.reading, file)
    ours, theirs = worn(answer.reading.mesh), worn(file.mesh)
    assert ours == theirs
    assert sum(bool(look and look[1]) for _, look, _ in ours) == 2 * 2 * 2 + 3, "walls, and a gable"
    assert [issue.code for issue in answer.log if issue.code == "THEMES_OTHER"]


def test_the_model_of_a_dressed_database_keeps_its_images(
    tmp_path: Path, postgis: PostGis, url: str
) -> None:
    folder = new_city(tmp_path / "city", "EPSG:25832")
    with given(folder, [plain(url)], allow=(f"127.0.0.1:{postgis.port}",)) as source:
        bridge(folder, source.paths, name=source.name, origin=source.origin)
    model = open_model(folder)
    pictures = {one.picture.digest for one in model.mesh().materials if one.picture}
    assert len(pictures) == 1
    assert sorted((model.path / "tiles").rglob("*.glb"))
    assert any(b"image/" in one.read_bytes() for one in folder.path.rglob("*.glb"))


def test_an_image_that_is_not_in_the_database_is_told_and_not_fetched(
    postgis: PostGis, town: Path
) -> None:
    url = filled(postgis, town)
    dress(url, town, images=False)
    answer = whole(read_database(url))
    (told,) = [issue for issue in answer.log if issue.code == "TEXTURE_MISSING"]
    assert "looks/wall.png" in told.why["en"]
    mesh = answer.reading.mesh
    assert mesh is not None
    assert all(one.picture is None for one in mesh.materials)


def test_the_content_hash_tells_other_looks(postgis: PostGis, town: Path, url: str) -> None:
    bare = filled(postgis, town)
    hashes = [_hash(bare)]
    dress(bare, town)
    hashes.append(_hash(bare))
    assert hashes[1] == _hash(url)
    with psycopg.connect(plain(bare)) as link:
        link.execute("UPDATE citydb.surface_data SET x3d_diffuse_color = '#00FF00'")
    assert len({*hashes, _hash(bare)}) == 3


def _hash(url: str) -> str:
    told = whole(read_database(url)).told
    assert told is not None
    return told.content


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE citydb.surface_data_mapping SET texture_mapping = '[1]'",
        'UPDATE citydb.surface_data_mapping SET texture_mapping = \'{"h0_p1": "no"}\'',
        "UPDATE citydb.surface_data_mapping SET material_mapping = '{\"zzz\": true}'",
        "UPDATE citydb.surface_data SET x3d_diffuse_color = 'blue', x3d_transparency = 7",
        "DELETE FROM citydb.appear_to_surface_data",
        "DROP TABLE citydb.appear_to_surface_data",
    ],
)
def test_odd_looks_never_cost_the_geometry(postgis: PostGis, town: Path, change: str) -> None:
    url = filled(postgis, town)
    dress(url, town)
    with psycopg.connect(plain(url)) as link:
        link.execute(change)
    same(whole(read_database(url)).reading, from_file(town))
