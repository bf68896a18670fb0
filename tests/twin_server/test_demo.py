"""The demo runs a user's own verbs, goes on after a stop, and only serves when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT
from twin_server.cli import VERBS
from twin_server.demo import Demo


def test_a_finished_demo_runs_nothing_again(demo: Demo) -> None:
    calls: list[Sequence[str]] = []
    assert demo.run(calls.append, SILENT) == 0
    assert calls == []


def test_the_demo_uses_only_verbs_that_a_user_has(demo: Demo) -> None:
    from scenes.sample import steps

    words = [step.argv[0] for step in steps(demo.source, demo.city)]
    assert set(words) <= set(VERBS)
    assert words[0] == "init"
    assert words[-2:] == ["publish", "scene"]


def test_a_stopped_demo_goes_on_where_it_was(tmp_path: Path) -> None:
    calls: list[str] = []

    def call(argv: Sequence[str]) -> None:
        calls.append(argv[0])
        if argv[0] == "init":
            CityFolder.init(Path(argv[1]), name="x", crs="EPSG:4549")
        if len(calls) == 3:
            raise KeyboardInterrupt

    made = Demo(tmp_path / "d", buildings=300)
    with pytest.raises(KeyboardInterrupt):
        made.run(call, SILENT)
    assert CityFolder.open(made.city).config.name["en"] == "Lanwan (fictitious)"
    assert list((made.city / "systems").iterdir())
    made.run(call, SILENT)
    assert calls.count("init") == 1
    assert calls[2] == calls[3], "the step that was stopped is done again"


def test_other_parameters_begin_anew_and_foreign_folders_are_left_alone(tmp_path: Path) -> None:
    def init_only(argv: Sequence[str]) -> None:
        if argv[0] == "init":
            CityFolder.init(Path(argv[1]), name="x", crs="EPSG:4549")

    first = Demo(tmp_path / "d", buildings=300)
    first.run(init_only, SILENT)
    calls: list[str] = []

    def call(argv: Sequence[str]) -> None:
        calls.append(argv[0])
        init_only(argv)

    Demo(tmp_path / "d", buildings=400).run(call, SILENT)
    assert calls[0] == "init"
    own = tmp_path / "mine" / "city"
    own.mkdir(parents=True)
    (own / "precious").write_text("x")
    with pytest.raises(WrongUse, match="choose another"):
        Demo(tmp_path / "mine", buildings=300).run(call, SILENT)
    assert (own / "precious").is_file()
