"""Units of measure are said in the reader's language, in the words of the viewer."""

from __future__ import annotations

import json
from pathlib import Path

from scenes.evidence import problem_caption
from scenes.unitwords import measured_in, unit_words


def test_stills_and_reports_say_units_as_the_viewer_does(root: Path) -> None:
    told = {
        tongue: json.loads((root / f"viewer/src/i18n/{tongue}.json").read_text(encoding="utf-8"))
        for tongue in ("zh", "en")
    }
    names = {key.removeprefix("unit.") for key in told["zh"] if key.startswith("unit.")}
    assert set(unit_words()) == names
    for name in names:
        assert measured_in(name) == {tongue: told[tongue][f"unit.{name}"] for tongue in told}


def test_a_unit_nobody_knows_is_said_as_it_is() -> None:
    assert measured_in("bushels") == {"zh": "bushels", "en": "bushels"}
    assert measured_in(None) == {"zh": "", "en": ""}


def test_a_caption_adds_numbers_only_where_the_rule_does_not_tell_them() -> None:
    problem = {
        "why_zh": "停车泊位缺 157 个", "why_en": "157 bays are lacking", "value": 157.0,
        "threshold": 0.0, "unit": "bays", "people": None, "rule": "D06",
        "department_zh": "", "department_en": "",
    }  # fmt: skip
    assert problem_caption(problem, {}, None)["zh"].startswith("停车泊位缺 157 个；依据")
    other = problem_caption({**problem, "why_zh": "车位不足", "threshold": 3.0}, {}, None)
    assert other["zh"].startswith("车位不足（157 个车位，参照 3 个车位）；依据")
    assert "(157 bays against 3 bays)" in other["en"]
