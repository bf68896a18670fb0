"""Scene scripts: local files only, names cannot break out, outlines where they belong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.errors import Unavailable
from scenes import script
from scenes.script import Outline, Pin

SQUARE = np.array([[121.2, 37.4], [121.3, 37.4], [121.3, 37.5], [121.2, 37.4]])


@pytest.fixture
def page(tmp_path: Path) -> str:
    areas = [Outline("古埠区", (SQUARE,), (121.25, 37.45))]
    marks = [Pin("消防薄弱", (121.25, 37.45, 30.0), "high")]
    out = script.script(tmp_path / "scene.html", areas, marks, title="澜湾市（虚构）")
    return out.read_text(encoding="utf-8")


def test_the_page_asks_no_other_host(page: str) -> None:
    assert "http" not in page
    assert "//" not in page.replace("</", "")
    assert 'src="Cesium/Cesium.js"' in page
    assert 'href="Cesium/Widgets/widgets.css"' in page


def test_no_base_map_is_fetched(page: str) -> None:
    assert "baseLayer : false" in page
    assert "geocoder : false" in page


def test_outline_label_and_point_are_entities(page: str) -> None:
    assert len(re.findall(r"widget\.entities\.add", page)) == 3
    assert "古埠区" in page
    assert "fromDegreesArray([121.2, 37.4, 121.3" in page
    assert "#a43c1f" in page


def test_the_div_is_closed_and_has_a_fixed_name(page: str) -> None:
    assert page.count("<div") == page.count("</div>") == 1
    assert '<div id="cimtwin"' in page


def test_a_name_cannot_end_the_script(tmp_path: Path) -> None:
    wicked = 'x"}}); alert(1); </script><script>alert(2)</script>\\'
    areas = [Outline(wicked, (SQUARE,), (121.25, 37.45))]
    out = script.script(tmp_path / "scene.html", areas)
    text = out.read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert 'x"' not in text
    assert text.count("<script") == 3
    assert text.count("</script>") == 3


def test_a_library_that_writes_otherwise_is_refused() -> None:
    with pytest.raises(Unavailable, match="another page"):
        script._page('<div id="x"><div><script>new Cesium.Viewer("x", {})</script>', "t", "C")


def test_a_remote_file_in_the_page_is_refused() -> None:
    fragment = (
        '<div id="x"><div><script>new Cesium.Viewer("cimtwin", {a: "https://x.y/z"})</script>'
    )
    with pytest.raises(Unavailable, match="remote"):
        script._page(fragment, "t", "C")
