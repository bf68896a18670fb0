"""The abstract tests of OGC API Features Part 2, one function each, on the sample city.

/conf/crs/crs-transform asks the same as /conf/crs/crs-parameter-transform: one function holds both.

Coordinates are converted back by pyproj alone, in the registered order of each system.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from tests.twin_server.asking import Browser, encoded
from tests.twin_server.ogc.asking import CRS84, EPSG, ids, items, listed, some

OFFERED = [CRS84, *(f"{EPSG}{code}" for code in (4326, 4490, 4549, 4528))]
ORDERS = {"4326": (37.5, 121.3), "4490": (37.5, 121.3), "4549": (4152e3, 615e3),
          "4528": (4152e3, 40615e3)}  # fmt: skip
"""About where the first and the second coordinate of the sample city lie."""


def points(features: list[dict[str, Any]]) -> np.ndarray:
    import orjson

    shapes = shapely.from_geojson([orjson.dumps(one["geometry"]) for one in features])
    return shapely.get_coordinates(shapes)


def test_crs_uri(published: Browser) -> None:
    uri = re.compile(r"^http://www\.opengis\.net/def/crs/(EPSG/0/\d+|OGC/1\.3/CRS84)$")
    for one in listed(published):
        assert all(uri.match(name) for name in (*one["crs"], one["storageCrs"]))


def test_default_crs(published: Browser) -> None:
    assert published.json("/ogc/collections")["crs"] == OFFERED
    for one in listed(published):
        assert one["crs"] == OFFERED


def test_storage_crs(published: Browser) -> None:
    for one in listed(published):
        assert one["storageCrs"] == f"{EPSG}4549"
        assert one["storageCrs"] in one["crs"]


@pytest.mark.parametrize("crs", OFFERED)
def test_crs_parameter(published: Browser, crs: str) -> None:
    for one in some(published):
        path = f"/ogc/collections/{one['id']}/items"
        answer = published.get(f"{path}?limit=2&crs={crs}")
        assert answer.status_code == 200
        assert answer.headers["content-crs"] == f"<{crs}>"
        name = encoded(answer.json()["features"][0]["id"])
        single = published.get(f"{path}/{name}?crs={crs}")
        assert single.headers["content-crs"] == f"<{crs}>"
        assert single.json()["geometry"] == answer.json()["features"][0]["geometry"]


def test_crs_parameter_default(published: Browser) -> None:
    plain = published.get("/ogc/collections/block/items")
    asked = published.get(f"/ogc/collections/block/items?crs={CRS84}")
    assert plain.headers["content-crs"] == asked.headers["content-crs"] == f"<{CRS84}>"
    assert plain.json()["features"] == asked.json()["features"]


def test_crs_parameter_invalid(published: Browser) -> None:
    name = encoded(items(published, "block")["features"][0]["id"])
    for wrong in (f"{EPSG}3857", "EPSG:4549", "nonsense", ""):
        for path in ("items", f"items/{name}"):
            answer = published.get(f"/ogc/collections/block/{path}?crs={wrong}")
            assert answer.status_code == 400
            assert f"{EPSG}4549" in answer.json()["detail"]


@pytest.mark.parametrize("code", ["4326", "4490", "4549", "4528"])
@pytest.mark.parametrize("collection", ["block", "building", "object.road", "projects"])
def test_crs_parameter_transform(published: Browser, code: str, collection: str) -> None:
    default = items(published, collection, limit=10000)["features"]
    asked = items(published, collection, limit=10000, crs=f"{EPSG}{code}")["features"]
    assert [one["id"] for one in default] == [one["id"] for one in asked]
    here = points(asked)
    assert np.allclose(here[0], ORDERS[code], rtol=5e-3)
    back = Transformer.from_crs(CRS.from_epsg(int(code)), CRS.from_epsg(4326))
    lat, lon = back.transform(here[:, 0], here[:, 1])
    assert np.abs(np.column_stack((lon, lat)) - points(default)).max() < 2e-9


@pytest.mark.parametrize("code", ["4326", "4490", "4549", "4528"])
def test_bbox_crs_parameter(published: Browser, code: str) -> None:
    west, south, east, north = 121.2851, 37.4913, 121.2933, 37.4969
    there = Transformer.from_crs(CRS.from_epsg(4326), CRS.from_epsg(int(code)), always_xy=True)
    x, y = there.transform([west, east, west, east], [south, south, north, north])
    edges = (min(y), min(x), max(y), max(x))  # northing comes first in all four
    box = ",".join(map(str, edges))
    uri = f"{EPSG}{code}"
    found = items(published, "building", limit=10000, bbox=box, bbox_crs=uri)
    features = items(published, "building", limit=10000, crs=uri)["features"]
    import orjson

    shapes = shapely.from_geojson([orjson.dumps(one["geometry"]) for one in features])
    inside = shapely.intersects(shapes, shapely.box(*edges))
    assert 0 < inside.sum() < len(features)
    assert ids(found) == [one["id"] for one, keep in zip(features, inside, strict=True) if keep]


def test_bbox_crs_parameter_default(published: Browser) -> None:
    box = "121.2851,37.4913,121.2933,37.4969"
    plain = items(published, "building", bbox=box)
    assert ids(plain) == ids(items(published, "building", bbox=box, bbox_crs=CRS84))
    swapped = "37.4913,121.2851,37.4969,121.2933"
    assert items(published, "building", bbox=swapped)["features"] == []


def test_bbox_crs_parameter_invalid(published: Browser) -> None:
    for wrong in (f"{EPSG}3857", "nonsense"):
        path = f"/ogc/collections/block/items?bbox=1,2,3,4&bbox-crs={wrong}"
        assert published.get(path).status_code == 400
