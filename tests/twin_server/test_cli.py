"""The command line: help, exit codes, one JSON document, Issues in both languages."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from cim_bridge.errors import Cancelled
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from twin_server.cli import VERBS, cimtwin, main
from twin_server.console import issue_lines

GROUPS = {
    "audit": ("verify", "events", "deliver"),
    "scene": ("list", "check", "still", "stills", "tour", "export", "report"),
    "user": ("add", "list", "disable", "key"),
}
COMMANDS = [
    *((verb,) for verb in VERBS if verb not in GROUPS),
    *((group, part) for group, parts in GROUPS.items() for part in parts),
]


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of one call of `cimtwin`."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in argv])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


@pytest.fixture(autouse=True)
def _keep_signals() -> object:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_help_names_every_verb_and_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(f"\n  {verb} " in out for verb in VERBS)
    heavy = ("numpy", "geopandas", "pyarrow", "fastapi", "sqlalchemy", "pyproj", "pyvista")
    script = (
        "import sys; from twin_server.cli import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert asked.stderr.strip() == "[]", "help must not import the libraries that do the work"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_verb_shows_an_example_and_speaks_json(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert "Example" in out
    assert f"cimtwin {' '.join(command)}" in out
    assert "--json" in out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(command: tuple[str, ...]) -> None:
    found: click.Command = cimtwin
    for word in command:
        assert isinstance(found, click.Group)
        below = found.get_command(click.Context(found), word)
        assert below is not None
        found = below
    silent = [p.opts for p in found.params if isinstance(p, click.Option) and not p.help]
    assert silent == []


def test_wrong_use_is_told_in_chinese_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有这个命令" in run(capsys, "nonsense")[2]
    assert "缺少选项 --city" in run(capsys, "publish")[2]
    assert "没有选项 --cty，是否指 --city" in run(capsys, "publish", "--cty", "x")[2]
    assert "所指的文件不存在" in run(capsys, "check", "nowhere")[2]
    assert "--port 的值不合适" in run(capsys, "serve", "--city", "x", "--port", "0")[2]


def test_wrong_use_exits_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "nonsense")[0] == 2
    assert run(capsys, "publish")[0] == 2
    assert run(capsys, "bridge", tmp_path / "absent.city.json", "--city", tmp_path)[0] == 2
    code, _, err = run(capsys, "init", tmp_path / "new", "--name", "x", "--crs", "EPSG:none")
    assert code == 2
    assert "EPSG:none" in err
    assert not (tmp_path / "new").exists()
    assert run(capsys, "doctor")[0] == 2


def test_a_refusal_says_why_and_how_to_mend_it_in_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(capsys, "publish", "--city", tmp_path)
    assert code == 1
    assert out == ""
    assert "CITY_NOT_FOUND" in err
    assert "不是城市文件夹" in err
    assert "is not a city folder" in err
    assert "→" in err
    code, out, err = run(capsys, "publish", "--city", tmp_path, "--json")
    document = json.loads(out)
    assert (code, err, document["ok"]) == (1, "", False)
    assert document["issues"][0]["code"] == "CITY_NOT_FOUND"
    assert set(document["issues"][0]["why"]) == {"zh", "en"}


def test_many_issues_of_one_kind_are_counted_not_poured_out() -> None:
    log = IssueLog()
    for number in range(50):
        log.add("PORT_TAKEN", port=number, next=number + 1)
    lines = issue_lines(log)
    assert len([line for line in lines if "PORT_TAKEN" in line]) == 9
    assert "42" in lines[-1]


def test_init_makes_a_city_and_never_overwrites_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    city = tmp_path / "haag"
    code, out, _ = run(capsys, "init", city, "--name", "海牙", "--crs", "EPSG:28992", "--json")
    assert code == 0
    assert json.loads(out)["name"] == {"zh": "海牙", "en": "海牙"}
    assert CityFolder.open(city).config.crs == "EPSG:28992"
    assert run(capsys, "init", city, "--name", "x", "--crs", "EPSG:28992")[0] == 2
    code, out, _ = run(capsys, "audit", "verify", "--city", city, "--json")
    assert json.loads(out)["entries"] == 1


def test_nothing_can_be_published_before_a_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "init", tmp_path / "c", "--name", "x", "--crs", "EPSG:4549")
    code, _, err = run(capsys, "publish", "--city", tmp_path / "c")
    assert code == 1
    assert "PUBLISH_NO_MODEL" in err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_the_server_listens_to_this_machine_only(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, host: str
) -> None:
    code, _, err = run(capsys, "serve", "--city", small_city.path, "--host", host)
    assert code == 1
    assert "HOST_NOT_LOOPBACK" in err
    assert "[auth]" in err


def test_a_taken_port_is_named_with_a_free_one(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run(capsys, "serve", "--city", small_city.path, "--port", port)
    assert code == 1
    assert "PORT_TAKEN" in err


def test_a_stop_by_hand_exits_130_and_leaves_nothing_half_made(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import indicator_overlays.results as results
    from cim_bridge.staging import stage

    def stopped(folder: CityFolder, *_: object) -> str:
        with stage(folder.results) as staging:
            (staging.path / "half").write_text("x")
            raise KeyboardInterrupt

    monkeypatch.setattr(results, "build_results", stopped)
    code, _, err = run(capsys, "publish", "--city", small_city.path)
    assert code == 130
    assert "已停止" in err
    assert list(small_city.results.iterdir()) == []

    def cancelled(*_: object) -> str:
        raise Cancelled

    monkeypatch.setattr(results, "build_results", cancelled)
    assert run(capsys, "publish", "--city", small_city.path)[0] == 130


def test_what_a_killed_writer_left_is_swept_by_the_next_one(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder
) -> None:
    left = small_city.results / ".staging-killed"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    assert run(capsys, "publish", "--city", small_city.path)[0] == 0
    assert not left.exists()


def test_publish_and_rollback_move_one_pointer(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder
) -> None:
    from tests.twin_server.handmade import write_model

    first = json.loads(run(capsys, "publish", "--city", small_city.path, "--json")[1])
    assert first["new"]
    small_city.set_head_model(write_model(small_city, label="新楼"))
    second = json.loads(run(capsys, "publish", "--city", small_city.path, "--json")[1])
    assert second["model"] != first["model"]
    back = json.loads(run(capsys, "rollback", "--city", small_city.path, "--json")[1])
    assert back["id"] == first["id"]
    every = json.loads(run(capsys, "releases", "--city", small_city.path, "--json")[1])
    assert [item["current"] for item in every] == [False, True]
    code, _, err = run(capsys, "rollback", "--city", small_city.path)
    assert (code, "NOTHING_TO_ROLL_BACK" in err) == (1, True)


def test_a_damaged_or_lost_release_is_not_rolled_back_to(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder
) -> None:
    from tests.twin_server.handmade import write_model

    first = json.loads(run(capsys, "publish", "--city", small_city.path, "--json")[1])
    small_city.set_head_model(write_model(small_city, label="新楼"))
    second = json.loads(run(capsys, "publish", "--city", small_city.path, "--json")[1])
    (small_city.models / first["model"] / "issues.json").write_text("[1]")
    code, _, err = run(capsys, "rollback", "--city", small_city.path)
    assert (code, "RELEASE_DAMAGED" in err) == (1, True)
    shutil.rmtree(small_city.models / first["model"])
    code, _, err = run(capsys, "rollback", "--city", small_city.path)
    assert (code, "RELEASE_MISSING" in err) == (1, True)
    every = json.loads(run(capsys, "releases", "--city", small_city.path, "--json")[1])
    assert [item["id"] for item in every if item["current"]] == [second["id"]]


def test_a_served_city_answers_over_a_real_socket(small_city: CityFolder) -> None:
    import urllib.request

    from twin_server.running import free_port

    port = free_port("127.0.0.1", 18_080)
    words = ["serve", "--city", str(small_city.path), "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "twin_server", *words], stderr=subprocess.PIPE, text=True
    )
    try:
        answer = b""
        for _ in range(600):  # a busy machine starts slowly
            try:
                address = f"http://127.0.0.1:{port}/api/v1/city"
                with urllib.request.urlopen(address, timeout=5) as page:
                    answer = page.read()
                break
            except OSError:
                time.sleep(0.1)
        assert json.loads(answer)["name"]["zh"] == "小城"
    finally:
        server.terminate()
        _, err = server.communicate(timeout=20)
    assert f"http://127.0.0.1:{port}/" in err
    assert "Traceback" not in err
