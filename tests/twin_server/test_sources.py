"""Sources are called in the reader's language."""

from __future__ import annotations

from cim_bridge.citytoml import CityConfig
from cim_bridge.texts import text
from scenes.sample.steps import source_labels as sample_labels
from scenes.sample.steps import source_name
from twin_server.answers.sources import source_labels

NAME = text("城", "City")


def test_the_product_names_itself_and_the_city_names_its_sources() -> None:
    raw = {"sources": {"市统计局": {"label": {"zh": "统计局", "en": "Statistics"}}, "x": {}}}
    found = source_labels(CityConfig(NAME, "EPSG:4549", raw=raw))
    assert found["市统计局"] == {"zh": "统计局", "en": "Statistics"}
    assert found["cimtwin"] == {"zh": "本系统计算", "en": "computed by this system"}
    assert "x" not in found


def test_labels_of_the_sample_say_one_language_and_that_it_is_fictitious() -> None:
    labels = sample_labels()
    zh, en = labels[source_name("statistics")]
    assert (zh, en) == ("市统计局（虚构）", "Statistics Bureau (fictitious)")
    assert all("(" not in zh and "（" not in en for zh, en in labels.values())
