"""Running a server: health, figures, a doctor for deployments, backup and restore, files to run."""

from __future__ import annotations

import configparser
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from tests.twin_server.access.city import make_city
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.database import writing
from twin_server.operate.backup import LIST, back_up
from twin_server.policy import SCOPES
from twin_server.settings import Settings
from twin_server.store import open_store

ON_SQLITE = pytest.mark.skipif(
    os.environ.get("CIM_STORE") == "postgresql",
    reason="a database elsewhere is backed up by its own means",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    return make_city(tmp_path_factory.mktemp("operate"))


@pytest.fixture
def city(made: CityFolder, tmp_path: Path) -> CityFolder:
    shutil.copytree(made.path, tmp_path / "city")
    return CityFolder.open(tmp_path / "city")


@pytest.fixture
def asked(city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(city, Settings(refresh_seconds=0))) as browser:
        yield browser


def test_ready_is_only_who_can_answer(asked: Browser, city: CityFolder) -> None:
    assert asked.json("/health/ready")["status"] == "ready"
    assert asked.json("/health")["status"] == "ok"
    now = asked.json("/health")
    moved = city.results / open_release(city)
    moved.rename(city.path / "moved")
    answer = asked.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "publication": "files are missing"}
    (city.path / "moved").rename(moved)
    assert asked.get("/health/ready").status_code == 200
    assert now["publication"]


def open_release(city: CityFolder) -> str:
    store = open_store(city)
    current = store.current()
    store.close()
    assert current is not None
    return current.results


def test_figures_have_few_labels_whatever_is_asked(asked: Browser) -> None:
    for number in range(30):
        asked.get(f"/api/v1/units/none-{number}")
        asked.get(f"/nothing/{number}?q={number}")
        asked.get(f"/api/v1/nothing/{number}")
    asked.get("/api/v1/city")
    families = {f.name: f for f in text_string_to_metric_families(asked.get("/metrics").text)}
    routes = {sample.labels["route"] for sample in families["cimtwin_requests"].samples}
    assert routes <= {*SCOPES, "other"}
    counts = {
        (s.labels["route"], s.labels["status"]): s.value
        for s in families["cimtwin_requests"].samples
        if s.name.endswith("_total")
    }
    assert counts["/api/v1/units/{unit_id:path}", "4xx"] == 30
    assert counts["/api/v1/city", "2xx"] == 1
    assert counts["other", "4xx"] == 60
    assert families["cimtwin_publication_seq"].samples[0].value == 1


def test_a_sound_deployment_is_told_so(city: CityFolder) -> None:
    told = cimtwin("doctor", "--city", city.path)
    assert told["wrong"] == 0
    checks = {item["check"] for item in told["checks"]}
    assert {"versions", "settings", "rights", "space", "database", "record", "clock",
            "publication"} <= checks  # fmt: skip


def test_what_is_wrong_with_a_deployment_is_told(city: CityFolder) -> None:
    with (city.path / "city.toml").open("a", encoding="utf-8") as file:
        file.write('\n[auth]\nmode = "keys"\n')
    release = city.results / open_release(city)
    column = next(release.glob("columns/*"))
    column.write_bytes(b"\0" + column.read_bytes()[1:] + b"\1")
    city.results.chmod(0o777)
    store = open_store(city)
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE audit SET time = '2999-01-01T00:00:00Z' WHERE seq = "
                                "(SELECT max(seq) FROM audit)"))  # fmt: skip
    store.close()
    told = cimtwin("doctor", "--city", city.path, exit_code=1)
    wrong = {item["check"] for item in told["checks"] if item["mark"] == "✗"}
    assert wrong == {"SECRET_SHORT", "FOLDER_OPEN_TO_ALL", "AUDIT_BROKEN", "clock",
                     "RELEASE_DAMAGED", "people"}  # fmt: skip


@ON_SQLITE
def test_a_city_comes_back_from_its_backup_as_it_was(city: CityFolder, tmp_path: Path) -> None:
    store = open_store(city)  # a server has it open meanwhile
    with writing(store.engine) as connection:
        connection.execute(text("INSERT INTO project_state VALUES ('P1','begun','t','li','')"))
    told = cimtwin("backup", "--city", city.path, tmp_path / "b.tar")
    with writing(store.engine) as connection:
        connection.execute(text("DELETE FROM project_state"))
    store.close()
    again = tmp_path / "again"
    back = cimtwin("restore", tmp_path / "b.tar", again)
    assert back["files"] == told["files"] > 20
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0, "it holds what readers may not see"
    found = open_store(CityFolder.open(again))
    assert found.project_states() == {"P1": "begun"}
    assert found.verify_audit() > 0
    found.close()
    same = [p.relative_to(city.path) for p in city.path.rglob("*") if p.is_file()]
    for name in same:
        kept = name.parts[0] != ".cache" and name.name != ".lock"
        if kept and not name.name.startswith("twin.db"):
            assert (again / name).read_bytes() == (city.path / name).read_bytes(), name
    with browsing(create_app(CityFolder.open(again), Settings(refresh_seconds=0))) as asked:
        assert asked.json("/api/v1/city")["publication"] is not None


@ON_SQLITE
def test_a_backup_taken_while_others_write_is_one_moment(city: CityFolder, tmp_path: Path) -> None:
    import threading

    stop = threading.Event()

    def write() -> None:
        store = open_store(city)
        while not stop.is_set():
            store.record("export", {"n": 1}, actor="li")
        store.close()

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.1)
    try:
        back_up(city, tmp_path / "b.tar", Settings())
    finally:
        stop.set()
        thread.join()
    with tarfile.open(tmp_path / "b.tar") as tar:
        body = tar.extractfile("twin.db")
        assert body is not None
        (tmp_path / "twin.db").write_bytes(body.read())
    with sqlite3.connect(tmp_path / "twin.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def rewritten(file: Path, out: Path, name: str, body: bytes | None, **info: object) -> None:
    """A backup in which one file is other bytes, another kind, gone or more."""
    with tarfile.open(file) as old, tarfile.open(out, "w") as new:
        for item in old:
            if item.name == name:
                continue
            inside = old.extractfile(item)
            assert inside is not None
            new.addfile(item, inside)
        if body is not None:
            made = tarfile.TarInfo(name)
            made.size = len(body) if not info else 0
            for key, value in info.items():
                setattr(made, key, value)
            new.addfile(made, io.BytesIO(body))


@pytest.mark.parametrize(
    ("name", "body", "info"),
    [
        ("city.toml", b"other", {}), ("city.toml", None, {}), ("more.txt", b"x", {}),
        ("../out.txt", b"x", {}), ("/srv/out.txt", b"x", {}), ("a/../../out.txt", b"x", {}),
        ("C:\\out.txt", b"x", {}),
        ("link", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("hard", b"", {"type": tarfile.LNKTYPE, "linkname": "city.toml"}),
        ("device", b"", {"type": tarfile.CHRTYPE}), (LIST, b"{}", {}), (LIST, None, {}),
        (LIST, b'{"format": 2, "files": {}}', {}), ("twin.db", b"no database", {}),
    ],
)  # fmt: skip
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(
    made: CityFolder, tmp_path: Path, name: str, body: bytes | None, info: dict[str, object]
) -> None:
    from cim_bridge.errors import InputRefused
    from twin_server.operate.backup import restore

    back_up(made, tmp_path / "b.tar", Settings())
    rewritten(tmp_path / "b.tar", tmp_path / "c.tar", name, body, **info)
    (tmp_path / "in").mkdir()
    with pytest.raises(InputRefused) as refused:
        restore(tmp_path / "c.tar", tmp_path / "in" / "again")
    assert [issue.code for issue in refused.value.log] == ["BACKUP_DAMAGED"]
    assert list((tmp_path / "in").iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar", "c.tar", "in"]


def test_a_half_backup_is_refused_and_nothing_is_written_over(
    made: CityFolder, tmp_path: Path
) -> None:
    back_up(made, tmp_path / "b.tar", Settings())
    whole = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "half.tar").write_bytes(whole[: len(whole) // 2])
    told = cimtwin("restore", tmp_path / "half.tar", tmp_path / "again", exit_code=1)
    assert told["issues"][0]["code"] == "BACKUP_DAMAGED"
    assert not (tmp_path / "again").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    cimtwin("restore", tmp_path / "b.tar", tmp_path / "full", exit_code=2)
    cimtwin("backup", "--city", made.path, tmp_path / "b.tar", exit_code=2)
    assert (tmp_path / "b.tar").read_bytes() == whole


def deploy(root: Path, name: str) -> str:
    return (root / "twin_server" / "deploy" / name).read_text(encoding="utf-8")


def test_the_dockerfile_passes_its_linter(root: Path, tmp_path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if sys.platform != "linux":
        pytest.skip("its binary is installed on Linux")
    assert hadolint.exists(), "pip install --group dev"
    file = root / "twin_server" / "deploy" / "Dockerfile"
    told = subprocess.run([hadolint, file], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nADD . /app\nRUN curl https://x | sh\nCMD run\n")
    told = subprocess.run([hadolint, bad], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert {"DL3007", "DL4006", "DL3025"} <= set(re.findall(r"DL\d{4}", told.stdout))


def test_the_container_runs_as_nobody_of_note_and_is_looked_after(root: Path) -> None:
    text = deploy(root, "Dockerfile")
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in text
    assert re.search(r"^FROM \S+:\d+\.\d+\.\d+", text, re.MULTILINE)
    assert not re.search(r"(?i)^(ENV|ARG).*(secret|password|token)=\S", text, re.MULTILINE)


def test_the_units_commands_exist_and_it_runs_with_few_rights(root: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(deploy(root, "cimtwin.service"))
    service = dict(unit["Service"])
    assert service["User"] != "root"
    assert {service[name] for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp")} == {"yes"}
    assert service["ProtectSystem"] == "strict"
    assert "--host 127.0.0.1" in service["ExecStart"]
    from twin_server.cli import VERBS

    for line in (service["ExecStart"], service["ExecStartPre"]):
        assert line.split()[1] in VERBS


def test_systemd_takes_the_unit_and_finds_little_exposed(root: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    text = deploy(root, "cimtwin.service").replace("/opt/cimtwin/bin/cimtwin", "/bin/true")
    unit = tmp_path / "cimtwin@mycity.service"

    def verified(body: str) -> subprocess.CompletedProcess[str]:
        unit.write_text(body, encoding="utf-8")
        call = [analyze, "verify", "--recursive-errors=no", str(unit)]
        return subprocess.run(call, capture_output=True, text=True, check=False)

    told = verified(text)
    assert (told.returncode, told.stderr) == (0, "")
    told = verified(text.replace("ProtectHome=yes", "ProtectHome=perhaps"))
    line = text.splitlines().index("ProtectHome=yes") + 1
    assert f"{unit}:{line}: " in told.stderr
    unit.write_text(text, encoding="utf-8")
    told = subprocess.run(
        [analyze, "security", "--offline=yes", "--no-pager", "--threshold=25", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-300:]


def test_the_nginx_snippet_passes_its_linter(root: Path) -> None:
    gixy = Path(sys.executable).with_name("gixy")
    assert gixy.exists(), "pip install --group dev"
    file = root / "twin_server" / "deploy" / "nginx.conf"
    told = subprocess.run(
        [gixy, "--format", "json", file], capture_output=True, text=True, check=False
    )
    assert (told.returncode, json.loads(told.stdout)) == (0, []), told.stdout


def test_nginx_takes_the_snippet_and_logs_no_token(root: Path, tmp_path: Path) -> None:
    snippet = deploy(root, "nginx.conf")
    assert "access_log" in snippet
    assert '"path":"$cimtwin_path"' in snippet
    assert not re.search(r"log_format[^;]*\$request\b|log_format[^;]*\$args", snippet)
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed here")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "1",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    snippet = snippet.replace("/etc/ssl/cim/", f"{tmp_path}/")
    snippet = snippet.replace("/var/log/nginx/cimtwin.json", f"{tmp_path}/access.json")
    whole = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{snippet}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    told = subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", tmp_path / "nginx.conf"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
