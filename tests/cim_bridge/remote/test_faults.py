"""Every way in which a server gives less, other or turned data refuses the read, or is mended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.readers.remote.fetch import fetched
from tests.cim_bridge.remote.asking import bridged, read, refusal, same_shapes
from tests.cim_bridge.remote.conftest import COUNT, addresses, layer, make_city
from tests.support.cimtwin import cimtwin
from tests.support.platform import Platform

PROTOCOLS = ("OGC API", "WFS 1.1", "WFS 2.0", "ArcGIS")


@pytest.mark.parametrize("protocol", ["WFS 1.1", "WFS 2.0", "OGC API", "ArcGIS"])
def test_swapped_axes_are_proved_by_the_declared_extent_and_turned(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.swap = True
    frame, found = read(city, addresses(platform)[protocol])
    assert same_shapes(frame, layer())
    assert [issue.code for issue in found.issues] == ["REMOTE_AXES_TURNED"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_coordinates_that_fit_in_neither_order_are_refused(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    elsewhere = (116.0, 39.0, 116.1, 39.1)
    here = (300000.0, 3000000.0, 310000.0, 3010000.0)
    platform.faults.extent = here if protocol == "ArcGIS" else elsewhere
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_EXTENT_UNFIT"
    assert "EPSG:4549" in issue.why["en"]


def test_an_extent_of_the_whole_world_tells_nothing_and_the_standard_decides(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.extent = (-180.0, -90.0, 180.0, 90.0)
    frame, found = read(city, addresses(platform)["WFS 2.0"])
    assert same_shapes(frame, layer())
    assert not found.issues.to_json()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_that_is_cut_off_in_silence_is_not_a_model(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.cap = 9
    platform.faults.deaf = True
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code in ("REMOTE_REPEATED", "REMOTE_INCOMPLETE")
    assert str(COUNT) in issue.why["en"]
    assert "9" in issue.why["en"], "what came is told"


def test_a_capped_wfs_1_1_that_knows_the_vendors_paging_is_read_whole(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.cap = 9
    frame, _ = read(city, addresses(platform)["WFS 1.1"])
    assert len(frame) == COUNT
    asked = [line for line in platform.asked if "startIndex" in line]
    assert len(asked) == 3, "two pages, and the one after the last"


@pytest.mark.parametrize("protocol", ["WFS 1.1", "WFS 2.0"])
def test_a_count_that_ends_at_the_cap_is_not_believed(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    """MapServer 8 counts 1000 of 2500 features where it gives 1000 at a time."""
    platform.faults.cap = platform.faults.hits = 9
    frame, found = read(city, addresses(platform)[protocol])
    assert len(frame) == COUNT
    codes = [issue.code for issue in found.issues]
    assert codes == (["REMOTE_COUNT_LOW"] if protocol == "WFS 1.1" else [])


@pytest.mark.parametrize("protocol", ["WFS 1.1", "WFS 2.0"])
def test_a_count_that_ends_at_the_cap_of_a_server_that_cannot_page_is_refused(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.cap = platform.faults.hits = 9
    platform.faults.deaf = True
    platform.faults.matched = "9"
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_INCOMPLETE"
    assert "> 9" in issue.why["en"]


def test_a_server_that_cannot_page_but_gave_less_than_its_cap_gave_all(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.deaf = True
    frame, found = read(city, addresses(platform)["WFS 1.1"])
    assert len(frame) == COUNT
    assert not found.issues.to_json()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_fewer_features_than_promised_are_refused(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.matched = "31"
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_INCOMPLETE"
    assert "31" in issue.why["en"]
    assert str(COUNT) in issue.why["en"]


@pytest.mark.parametrize("protocol", ["OGC API", "ArcGIS"])
def test_more_features_than_promised_are_taken_with_a_warning(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.matched = "20"
    if protocol == "ArcGIS":
        platform.faults.held_back = False
    frame, found = read(city, addresses(platform)[protocol])
    assert len(frame) >= 20
    assert [issue.code for issue in found.issues] in (["REMOTE_COUNT_LOW"], [])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_missing_count_is_told(city: CityFolder, platform: Platform, protocol: str) -> None:
    platform.faults.matched = ""
    frame, found = read(city, addresses(platform)[protocol])
    assert len(frame) == COUNT
    assert [issue.code for issue in found.issues] == ["REMOTE_COUNT_UNKNOWN"]


@pytest.mark.parametrize("protocol", ["OGC API", "WFS 1.1", "WFS 2.0"])
def test_a_page_that_holds_less_than_it_says_is_refused(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.returned = 2
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_PAGE_WRONG"


@pytest.mark.parametrize("protocol", ["OGC API", "WFS 2.0"])
def test_data_that_change_while_they_are_read_are_refused(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.grows = True
    assert refusal(city, addresses(platform)[protocol]).code == "REMOTE_CHANGED"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_page_of_html_with_status_200_is_no_data(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.html = True
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_NOT_DATA"
    assert "Sign in" in issue.why["en"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_report_of_an_error_with_status_200_is_no_data(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.report = True
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code in ("REMOTE_REPORTS_ERROR", "REMOTE_NOT_DATA")
    assert "away" in issue.why["en"]


@pytest.mark.parametrize("protocol", ["OGC API", "WFS 2.0", "ArcGIS"])
@pytest.mark.parametrize("fault", ["fails", "cuts"])
def test_a_platform_that_breaks_midway_leaves_nothing(
    city: CityFolder, platform: Platform, protocol: str, fault: str
) -> None:
    setattr(platform.faults, fault, 2)
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_FAILED"
    assert "3 tries" in issue.why["en"]
    assert city.head_model() is None


def test_a_platform_that_stumbles_once_a_page_is_read_whole(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.flaky = True
    frame, found = read(city, addresses(platform)["ArcGIS"])
    assert len(frame) == COUNT
    assert not found.issues.to_json()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_redirect_to_a_host_that_is_not_listed_is_not_followed(
    city: CityFolder, platform: Platform, protocol: str
) -> None:
    platform.faults.redirect = "http://169.254.169.254/latest/meta-data/"
    issue = refusal(city, addresses(platform)[protocol])
    assert issue.code == "REMOTE_HOST_NOT_ALLOWED"
    assert "169.254.169.254:80" in issue.why["en"]


def test_a_next_link_to_another_host_is_not_followed(city: CityFolder, platform: Platform) -> None:
    platform.faults.onward = "http://elsewhere.example/items"
    issue = refusal(city, addresses(platform)["OGC API"])
    assert issue.code == "REMOTE_HOST_NOT_ALLOWED"
    assert "elsewhere.example" in issue.why["en"]


def test_an_esri_server_that_wants_a_token_with_status_200_is_told_as_such(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.sealed = True
    issue = refusal(city, addresses(platform)["ArcGIS"])
    assert issue.code == "REMOTE_UNAUTHORISED"
    assert "499" in issue.why["en"]


def test_an_esri_server_that_always_holds_something_back_is_refused(
    city: CityFolder, platform: Platform
) -> None:
    platform.faults.held_back = True
    platform.faults.unpaged = True
    assert refusal(city, addresses(platform)["ArcGIS"]).code == "REMOTE_INCOMPLETE"


def test_a_schema_that_a_document_names_is_not_fetched(
    city: CityFolder, platform: Platform
) -> None:
    read(city, addresses(platform)["WFS 1.1"])
    assert [line for line in platform.asked if "GetFeature" in line]
    assert not [line for line in platform.asked if "lure" in line]


def test_a_refused_platform_leaves_the_model_that_stood(
    city: CityFolder, platform: Platform
) -> None:
    address = addresses(platform)["WFS 2.0"]
    before = bridged(city, address).digest
    platform.faults.matched = "31"
    words = ("bridge", address, "--city", city.path, "--level", "building")
    answer = cimtwin(*words, exit_code=1)
    assert answer["issues"][0]["code"] == "REMOTE_INCOMPLETE"
    assert CityFolder.open(city.path).head_model() == before


@pytest.mark.parametrize(
    ("setting", "limit"),
    [("max_pages = 1\n", "1 pages"), ("max_megabytes = 1\n", "1 MiB")],
)
def test_limits_hold(tmp_path: Path, platform: Platform, setting: str, limit: str) -> None:
    city = make_city(tmp_path / "city", platform, f"page_size = 10\n{setting}")
    if "megabytes" in setting:
        platform.files["big/tileset.json"] = b" " * (2 << 20)
    address = addresses(platform)["OGC API"]
    address = f"{platform.address}/big/tileset.json" if "megabytes" in setting else address
    issue = refusal(city, address)
    assert issue.code == "REMOTE_TOO_MUCH"
    assert limit in issue.why["en"]


def test_an_unknown_layer_is_answered_with_those_there_are(
    city: CityFolder, platform: Platform
) -> None:
    issue = refusal(city, f"{platform.address}/wfs?typeName=tiny:roads")
    assert issue.code == "REMOTE_LAYER_UNKNOWN"
    assert "tiny:buildings" in issue.why["en"]
    missing = refusal(city, f"{platform.address}/ogc/collections/roads")
    assert missing.code == "REMOTE_NOT_FOUND"
    assert refusal(city, f"{platform.address}/nothing").code == "REMOTE_NOT_FOUND"


def test_what_a_killed_fetch_left_is_swept_and_a_running_ones_stays(
    city: CityFolder, platform: Platform
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = city.path / f".remote-{ended.pid}-x"
    mine = city.path / f".remote-{os.getpid()}-x"
    for folder in (left, mine):
        folder.mkdir()
        (folder / "answer-000001").write_bytes(b"x")
    platform.faults.html = True
    with pytest.raises(InputRefused), fetched(city, addresses(platform)["OGC API"]):
        pass
    assert not left.exists()
    assert mine.exists()
