"""What every test of the door asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.twin_server.asking import Browser

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def listed(browser: Browser) -> list[dict[str, Any]]:
    """Every collection as it is listed."""
    found: list[dict[str, Any]] = browser.json("/ogc/collections")["collections"]
    return found


def some(browser: Browser) -> list[dict[str, Any]]:
    """Collections of every sort, few enough to ask each much."""
    wanted = ("district", "block", "building", "object.road", "object.park", "problems", "projects")
    return [one for one in listed(browser) if one["id"] in (*wanted, "block.MOHURD-2022.2025")]


def items(browser: Browser, collection: str, **query: object) -> dict[str, Any]:
    """A page; names of parameters are written with underscores."""
    words = {name.replace("_", "-"): str(value) for name, value in query.items()}
    found: dict[str, Any] = browser.json(f"/ogc/collections/{quote(collection)}/items", **words)
    return found


def ids(page: dict[str, Any]) -> list[str]:
    """Ids of a page's features, in order."""
    return [one["id"] for one in page["features"]]


def path_of(href: str) -> str:
    """A link's address without its host."""
    assert href.startswith("http://127.0.0.1:8080/ogc")
    return href.removeprefix("http://127.0.0.1:8080")


def link(document: dict[str, Any], rel: str, media: str = "") -> dict[str, str]:
    """The one link of a relation and type."""
    found = [x for x in document["links"] if x["rel"] == rel and x["type"].startswith(media)]
    assert len(found) == 1, (rel, media, document["links"])
    return dict(found[0])
