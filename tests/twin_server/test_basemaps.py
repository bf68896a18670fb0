"""Base maps of others: none by default, keys stay here, nothing but images from listed hosts."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from tests.support.tileservice import PNG, Upstream, tile_service
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.basemaps.address import address_of
from twin_server.basemaps.cache import FOLDER, Cache, Tile
from twin_server.basemaps.settings import read_basemaps
from twin_server.operate.backup import back_up
from twin_server.operate.guard import guard
from twin_server.schemas.basemaps import BasemapList
from twin_server.settings import Settings, read_settings

KEY = "k3y-" + "9f" * 12


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with tile_service() as made:
        made.elsewhere = f"/elsewhere/{KEY}"
        yield made


def settings(city: CityFolder, upstream: Upstream) -> Settings:
    with (city.path / "city.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[basemaps]\nallow_private = ["{upstream.host}"]\n'
            "[[basemap]]\n"
            f'name = "own"\nkind = "xyz"\nurl = "http://{upstream.host}/a/{{z}}/{{x}}/{{y}}?k={{key}}"\n'
            'key_env = "OWN_MAP_KEY"\nattribution = "© 测绘院"\n'
            'label = { zh = "影像", en = "Imagery" }\n'
            "[[basemap]]\n"
            f'name = "img"\nkind = "tianditu"\nlayer = "img"\nurl = "http://{upstream.host}/img_w/wmts"\n'
            'key_env = "OWN_MAP_KEY"\n'
            "[[basemap]]\n"
            f'name = "plan"\nkind = "wms"\nlayer = "plan"\nurl = "http://{upstream.host}/wms?map=x"\n'
            'attribution = "© 规划局"\n'
            "[[basemap]]\n"
            f'name = "roads"\nkind = "wmts"\nlayer = "roads"\nmatrix_set = "GoogleMapsCompatible"\n'
            f'url = "http://{upstream.host}/wmts"\nattribution = "© 交通局"\nshift = "gcj02"\n'
        )
    opened = CityFolder.open(city.path)
    return read_settings({"OWN_MAP_KEY": KEY, "CIMTWIN_REFRESH_SECONDS": "0"}, opened.config)


@pytest.fixture
def asking(small_city: CityFolder, upstream: Upstream) -> Iterator[Browser]:
    chosen = settings(small_city, upstream)
    assert not guard(small_city, chosen, "127.0.0.1").errors
    with browsing(create_app(CityFolder.open(small_city.path), chosen)) as browser:
        yield browser


def test_a_city_shows_no_map_of_others_by_itself(small: Browser) -> None:
    assert small.json("/api/v1/basemaps") == {"items": []}
    answer = small.get("/basemaps/own/1/0/0")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_BASEMAP")


def test_maps_are_listed_with_their_owners_and_without_their_keys(asking: Browser) -> None:
    told = asking.json("/api/v1/basemaps")
    BasemapList.model_validate(told)
    assert [item["name"] for item in told["items"]] == ["own", "img", "plan", "roads"]
    assert told["items"][0]["url"] == "/basemaps/own/{z}/{x}/{y}"
    assert told["items"][0]["attribution"] == "© 测绘院"
    assert told["items"][1]["label"]["zh"] == "天地图 影像"
    assert "GCJ-02" in told["items"][3]["note"]["zh"]
    assert KEY not in str(told)
    assert "127.0.0.1" not in str(told)


def test_a_tile_comes_through_once_and_then_from_the_cache(
    asking: Browser, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first = asking.get("/basemaps/own/3/5/2")
    assert (first.status_code, first.content) == (200, PNG)
    assert first.headers["content-type"] == "image/png"
    assert upstream.asked == [f"/a/3/5/2?k={KEY}"]
    again = asking.get("/basemaps/own/3/5/2", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert len(upstream.asked) == 1
    sent = str(first.headers) + str(again.headers)
    told = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("twin_server"))
    assert KEY not in sent + told


def test_every_kind_is_asked_in_its_own_way(asking: Browser, upstream: Upstream) -> None:
    for name in ("img", "plan", "roads"):
        assert asking.get(f"/basemaps/{name}/2/1/3").status_code == 200, name
    img, plan, roads = ({k: v[0] for k, v in parse_qs(urlsplit(one).query).items()}
                        for one in upstream.asked)  # fmt: skip
    assert (img["TILEMATRIX"], img["TILECOL"], img["TILEROW"], img["tk"]) == ("2", "1", "3", KEY)
    assert (roads["TILEMATRIXSET"], roads["LAYER"]) == ("GoogleMapsCompatible", "roads")
    assert (plan["map"], plan["CRS"], plan["WIDTH"]) == ("x", "EPSG:3857", "256")
    box = [float(edge) for edge in plan["BBOX"].split(",")]
    assert box == pytest.approx([-10018754.171395, -20037508.342789, 0.0, -10018754.171395])


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (302, "image/png", b""), (200, "text/html", b"<script>"), (200, "image/png", b"<svg/>"),
        (200, "image/svg+xml", b"<svg/>"), (403, "application/json", b"{}"), (500, "x", b"x"),
        (200, "image/png", PNG + b"0" * (1 << 20)),
    ],
    ids=["redirect", "page", "liar", "svg", "refused", "broken", "big"],
)  # fmt: skip
def test_what_is_no_small_image_is_passed_on_by_nobody(
    asking: Browser, upstream: Upstream, status: int, kind: str, body: bytes
) -> None:
    upstream.status, upstream.kind, upstream.body = status, kind, body
    answer = asking.get("/basemaps/own/1/0/0")
    assert (answer.status_code, answer.json()["code"]) == (502, "BASEMAP_UNAVAILABLE")
    assert KEY not in answer.text
    assert len(upstream.asked) == 1, "no redirect is followed"
    upstream.status, upstream.kind, upstream.body = 200, "image/png", PNG
    assert asking.get("/basemaps/own/1/0/0").status_code == 200, "a fault is not kept"


def test_tiles_that_no_grid_has_are_asked_of_nobody(asking: Browser, upstream: Upstream) -> None:
    for path in ("own/2/4/0", "own/2/0/-1", "own/19/0/0", "own/-1/0/0", "img/0/0/0", "none/1/0/0"):
        assert asking.get(f"/basemaps/{path}").status_code in (404, 422), path
    assert asking.get("/basemaps/own/a/0/0").status_code == 422
    assert upstream.asked == []


def test_a_listed_name_that_leads_into_the_own_network_is_not_asked(
    small_city: CityFolder, upstream: Upstream
) -> None:
    raw = {"basemaps": {"allow": ["tiles.example"]},
           "basemap": [{"name": "a", "kind": "xyz", "url": "http://tiles.example/{z}/{x}/{y}",
                        "attribution": "x"}]}  # fmt: skip
    from twin_server.basemaps.proxy import Proxy, TileRefused

    proxy = Proxy(small_city, read_basemaps({}, raw), resolve=lambda _host, _port: ["10.0.0.7"])
    with pytest.raises(TileRefused, match="may not be asked"):
        proxy._tile(proxy.find("a"), 1, 0, 0)
    proxy.close()


GOOD = {"name": "a", "kind": "xyz", "url": "https://t.example/{z}/{x}/{y}", "attribution": "x"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "bing"}, "kind is one of"),
        ({"name": "A b"}, "small letters"),
        ({"url": "ftp://t.example/{z}/{x}/{y}"}, "web address"),
        ({"url": "https://u:p@t.example/{z}/{x}/{y}"}, "without user"),
        ({"url": "https://{x}.example/{z}/{x}/{y}"}, "may change in the host"),
        ({"url": "https://t.example/{z}/{x}/{y}?tk=abc"}, "no key in this file"),
        ({"attribution": ""}, "whose map"),
        ({"key_env": "CIMTWIN_SECRET"}, "variable of its own"),
        ({"min_level": 9, "max_level": 3}, "above max_level"),
        ({"url": "https://webrd01.is.autonavi.com/a?x={x}&y={y}&z={z}"}, "GCJ-02"),
        ({"url": "https://maponline0.bdimg.com/{z}/{x}/{y}"}, "BD-09"),
        ({"colour": "red"}, "unknown"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_with_the_reason(
    change: dict[str, object], why: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=why):
        read_basemaps({}, {"basemap": [GOOD | change]})


def test_shifted_maps_are_shown_only_when_said_so_and_hosts_must_be_listed(
    small_city: CityFolder,
) -> None:
    url = "https://webrd01.is.autonavi.com/a?x={x}&y={y}&z={z}"
    raw = {"basemap": [GOOD | {"url": url, "shift": "gcj02", "key_env": "A_KEY"}]}
    found = read_basemaps({}, raw)
    assert found.every["a"].shift == "gcj02"
    told = guard(small_city, Settings(basemaps=found), "127.0.0.1")
    assert {issue.code for issue in told.errors} == {"BASEMAP_HOST", "BASEMAP_KEY_MISSING"}
    national = {"name": "t", "kind": "tianditu", "layer": "vec", "key_env": "A_KEY"}
    found = read_basemaps({"A_KEY": KEY}, {"basemap": [national]})
    assert not guard(small_city, Settings(basemaps=found), "127.0.0.1").errors
    first, second = (address_of(found.every["t"], 4, x, 1) for x in (1, 2))
    assert first.startswith("https://t2.tianditu.gov.cn/vec_w/wmts?")
    assert second.startswith("https://t3.")
    with (small_city.path / "city.toml").open("a") as file:
        file.write('[[basemap]]\nname = "a"\n')
    with pytest.raises(InputRefused, match="CITY_CONFIG_INVALID"):
        read_settings({}, CityFolder.open(small_city.path).config)


def test_the_cache_forgets_the_old_and_keeps_within_its_bounds(
    small_city: CityFolder, tmp_path: Path
) -> None:
    one = read_basemaps({}, {"basemap": [GOOD]}).every["a"]
    cache = Cache(small_city.path, most=3000, seconds=1000)
    for x in range(8):
        cache.put(one, 3, x, 0, Tile(PNG * 2, "image/png"))
        file = next((small_city.path / FOLDER).rglob(f"3/{x}/0.png"))
        os.utime(file, (time.time() - 100 + x, time.time() - 100 + x))
    cache.trim()
    assert [cache.get(one, 3, x, 0) is not None for x in range(8)] == [False] * 4 + [True] * 4
    aged = time.time() - 2000
    os.utime(file, (aged, aged))
    assert cache.get(one, 3, 7, 0) is None
    told = back_up(small_city, tmp_path / "b.tar", Settings())
    assert told["files"] > 0
    assert FOLDER.encode() not in (tmp_path / "b.tar").read_bytes()
