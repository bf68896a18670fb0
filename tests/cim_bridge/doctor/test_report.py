"""How it is told: the verdict first, few lines, one page alone, words in two languages."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from cim_bridge.doctor.page import page
from cim_bridge.doctor.terminal import MOST, lines
from cim_bridge.doctor.words import say, words
from tests.cim_bridge.cityfiles import row_of_boxes, write_json
from tests.cim_bridge.doctor.looked import csv_file, doctor, fingerprint, houses

CJK = re.compile(r"[\u4e00-\u9fff]")


def calls(root: Path) -> list[tuple[str, set[str], str]]:
    """(key, parameters, place) of every `say` with a plain key in the sources."""
    found = []
    files = [*(root / "cim_bridge/doctor").glob("*.py"), root / "twin_server/doctor.py"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id == "say" and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                given = {word.arg or "**" for word in node.keywords}  # type: ignore[attr-defined]
                found.append((node.args[0].value, given, f"{file.name}:{node.lineno}"))  # type: ignore[attr-defined]
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_and_filled(root: Path) -> None:
    table = words()
    for section, entries in table.items():
        for name, entry in entries.items():
            assert fields(entry["zh"]) == fields(entry["en"]), f"{section}.{name}"
            assert not CJK.search(entry["en"]), f"{section}.{name}"
    found = calls(root)
    assert len(found) > 60
    for key, given, place in found:
        section, _, name = key.partition(".")
        assert name in table[section], place
        assert fields(table[section][name]["en"]) <= given or "**" in given, place


def test_every_text_is_used(root: Path) -> None:
    code = "".join(f.read_text(encoding="utf-8") for f in (root / "cim_bridge/doctor").glob("*.py"))
    code += (root / "twin_server/doctor.py").read_text(encoding="utf-8")
    lost = [
        f"{section}.{name}"
        for section, entries in words().items()
        for name in entries
        if f'"{section}.{name}"' not in code and f'f"{section}.' not in code
        and f'"{name}"' not in code
    ]  # fmt: skip
    assert lost == []


def test_a_text_speaks_each_language(root: Path) -> None:
    told = say("missing.licence")
    assert (told["zh"], told["en"]) == ("许可", "licence")


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """A table with every kind of trouble at once."""
    ids = [f"H{n:04d}" for n in range(20)] + ["h0001", "H0002.0", " H3", "X'<b>", ""]
    return csv_file(tmp_path / "v.csv", [["楼栋编号", "经度", "纬度"], *([n, 1, 2] for n in ids)])


def test_the_verdict_stands_first_and_the_rest_fits_a_screen(tmp_path: Path, messy: Path) -> None:
    other = houses(tmp_path / "b.gpkg", building_id=[f"K{n}" for n in range(40)])
    report = doctor(houses(tmp_path / "a.gpkg"), other, table=messy)
    short, long = lines(report), lines(report, verbose=True)
    assert short[0].startswith("✓ 可用")
    assert short[1].strip().startswith("will work: ")
    assert short[2].strip().startswith("$ cimtwin init")
    assert len(short) <= MOST
    assert len(long) > len(short)


def test_a_screen_is_not_left_even_with_many_sources(tmp_path: Path) -> None:
    many = [houses(tmp_path / f"s{n}.gpkg", crs=None if n % 2 else "EPSG:4549") for n in range(6)]
    assert len(lines(doctor(*many))) <= MOST + 12


def test_an_error_is_told_with_its_remedy(tmp_path: Path) -> None:
    empty = tmp_path / "empty.city.json"
    empty.write_text("")
    told = lines(doctor(empty))
    assert told[0].startswith("✗ 不可用")
    assert any("FILE_EMPTY" in line for line in told)
    assert any(line.strip().startswith("→") for line in told)


def test_the_page_needs_nothing_and_runs_nothing(tmp_path: Path, messy: Path) -> None:
    made = page(doctor(houses(tmp_path / "a.gpkg"), table=messy))
    assert not re.search(r"(?:https?:)?//[\w.]", made)
    assert not re.search(r"<(?:script|link|img|iframe|object|base)\b|@import|url\(|\son\w+=", made)
    assert "prefers-color-scheme: dark" in made
    assert "@media print" in made
    assert made.count("lang=zh") > 20
    assert made.count("lang=en") > 20


def test_what_a_file_says_is_text_on_the_page(tmp_path: Path) -> None:
    model = row_of_boxes(2)
    model["metadata"]["title"] = "<script>alert(1)</script>"
    made = page(doctor(write_json(tmp_path / "a.city.json", model)))
    assert "<script" not in made
    assert "&lt;script&gt;" in made


def test_the_same_files_give_the_same_page(tmp_path: Path, messy: Path) -> None:
    source = houses(tmp_path / "a.gpkg")
    assert page(doctor(source, table=messy)) == page(doctor(source, table=messy))


def test_nothing_is_written_by_looking(tmp_path: Path, messy: Path) -> None:
    source = houses(tmp_path / "a.gpkg")
    before = fingerprint(tmp_path)
    doctor(source, table=messy)
    assert fingerprint(tmp_path) == before
