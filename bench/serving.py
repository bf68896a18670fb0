"""Answers a second beside nginx (files) and tipg (features of PostGIS), in one run, one core each.

The server under test has the first core, the sender (wrk) the last one. Rounds of ours and of the
peer follow each other; what counts is the middle of their ratios.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.measure import below

SIZES = {"2 KB": 2048, "200 KB": 204_800}
GOALS = {"2 KB": 0.25, "200 KB": 0.15}
GOAL_P99_MS, GOAL_UNIT, GOAL_ITEMS, GOAL_BACK_MS = 10.0, 5000.0, 3.0, 1000.0
BUILDINGS = 4000
INDICATORS = 82
ROUNDS, SECONDS, CONNECTIONS = 5, 2, 32
Row = tuple[str, float | None, str]

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(r"(\d+) requests in")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_NGINX = """
daemon off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fcgi;
uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
server {{ listen 127.0.0.1:{port}; root {home}/files; }} }}
"""
_PAGES = """
local n = 0
request = function()
  n = (n + 137) % 3900
  return wrk.format("GET", wrk.path .. n)
end
"""
"""wrk asks for another page every time: nothing kept helps."""


@dataclass(frozen=True)
class Server:
    """A server that runs: its address and its process."""

    url: str
    pid: int

    def cpu(self) -> float:
        """User and system seconds of the process and its children so far."""
        ticks = 0
        for pid in below(self.pid):
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(told[11]) + int(told[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """One run of wrk: answers a second, their 99th percentile, answers a CPU-second of the server.

    The last one holds on a busy machine too.
    """

    rate: float
    p99_ms: float
    a_cpu_second: float


def measure(work: Path) -> dict[str, Any]:
    """Every figure; what is not on this machine is said under `absent`."""
    if shutil.which("wrk") is None:
        return {"absent": "no wrk here: apt install wrk"}
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="serving-")))
        home.chmod(0o755)
        city = _city(work)
        tiles = {name: _tile(city, size) for name, size in SIZES.items()}
        ours = stack.enter_context(_ours(city))
        found: dict[str, Any] = {"unit": _unit(ours), "tiles": {}, "items": {}}
        if shutil.which("nginx") is None:
            found["tiles"] = {"absent": "no nginx here: apt install nginx-light"}
        else:
            peer = stack.enter_context(_nginx(home, tiles))
            for name, file in tiles.items():
                pair = ((ours, f"/tiles/{file.name}"), (peer, f"/{file.name}"))
                found["tiles"][name] = _beside(*pair)
        found["items"] = _items(stack, home, ours)
        found["back"] = _going_back(city, ours)
    return found


def rows(found: dict[str, Any]) -> list[Row]:
    """Lines of the table: label, value, goal."""
    if "absent" in found:
        return [(f"serving: {found['absent']}", None, "")]
    made: list[Row] = []
    if "absent" in found["tiles"]:
        made.append((f"serving: {found['tiles']['absent']}", None, ""))
    else:
        for name, one in found["tiles"].items():
            made.append((f"tile of {name}: share of nginx", one["ratio"], f">= {GOALS[name]}"))
            made.append((f"  answers a second, ours (nginx {one['theirs']:,.0f})", one["ours"], ""))
            made.append(("  p99 ms at 32 connections", one["p99_ms"], f"< {GOAL_P99_MS:.0f}"))
            made.append(("  answers a CPU-second, ours", one["a_cpu_second"], ""))
    unit = found["unit"]
    label = f"unit file of {unit['indicators']} indicators, answers a second"
    made.append((label, unit["rate"], f">= {GOAL_UNIT:,.0f}"))
    made.append(("  answers a CPU-second", unit["a_cpu_second"], ""))
    made.append(("  p99 ms", unit["p99_ms"], ""))
    made.append(("  first read of a unit, ms", unit["first_ms"], ""))
    back = found["back"]
    made.append((f"going back a publication of {back['files']:,} files, ms until readers see it",
                 back["ms"], f"< {GOAL_BACK_MS:,.0f}"))  # fmt: skip
    if "absent" in found["items"]:
        made.append((f"serving: {found['items']['absent']}", None, ""))
    for name, one in found["items"].items() if "absent" not in found["items"] else ():
        label = f"100 items, {name}: times tipg ({one['theirs']:,.0f})"
        made.append((label, one["ratio"], f">= {GOAL_ITEMS:.0f}"))
    return made


def _city(work: Path) -> Path:
    from cim_bridge.progress import SILENT
    from twin_server.demo import Demo
    from twin_server.verbs.demo import call_verb

    made = Demo(work / "serving", buildings=BUILDINGS)
    made.run(call_verb, SILENT)
    return made.city


def _tile(city: Path, size: int) -> Path:
    """A content of one size beside the model's own; its bytes do not compress."""
    from cim_bridge.folder import CityFolder

    folder = CityFolder.open(city)
    file = folder.models / (folder.head_model() or "") / "tiles" / f"{size:032x}.glb"
    file.write_bytes(os.urandom(size))
    return file


@contextmanager
def _ours(city: Path) -> Iterator[Server]:
    port = _free()
    argv = [sys.executable, "-m", "uvicorn", "--factory", "twin_server.running:served_app",
            "--port", str(port), "--no-access-log", "--log-level", "warning"]  # fmt: skip
    env = {"CIMTWIN_CITY": str(city)}
    with _running(argv, env, f"http://127.0.0.1:{port}", "/health") as server:
        yield server


@contextmanager
def _nginx(home: Path, tiles: dict[str, Path]) -> Iterator[Server]:
    port = _free()
    (home / "files").mkdir()
    for file in tiles.values():
        shutil.copy(file, home / "files" / file.name)
    (home / "files" / "up").write_text("up")
    config = home / "nginx.conf"
    config.write_text(_NGINX.format(home=home, port=port))
    argv = [str(shutil.which("nginx")), "-c", str(config), "-p", str(home)]
    with _running(argv, {}, f"http://127.0.0.1:{port}", "/up") as server:
        yield server


def _unit(ours: Server) -> dict[str, Any]:
    """A unit's file with at least so many indicators, asked again and again."""
    units = _json(f"{ours.url}/api/v1/units?level=district")["items"]
    path = f"/api/v1/units/{quote(units[0]['id'], safe='')}?system=all"
    _json(f"{ours.url}/api/v1/units/{quote(units[1]['id'], safe='')}?system=all")
    start = time.perf_counter()
    told = _json(ours.url + path)
    first = (time.perf_counter() - start) * 1000
    assert len(told["indicators"]) >= INDICATORS
    runs = [_load(ours, path) for _ in range(ROUNDS)]
    return {
        "indicators": len(told["indicators"]),
        "rate": statistics.median(one.rate for one in runs),
        "a_cpu_second": statistics.median(one.a_cpu_second for one in runs),
        "p99_ms": statistics.median(one.p99_ms for one in runs),
        "first_ms": first,
    }


def _going_back(city: Path, ours: Server) -> dict[str, Any]:
    """From the wish to go back to the first answer of the publication before, at the door itself.

    Both publications hold the same model and results, so that going back can be done again and
    again; the server proves and opens them as any others.
    """
    from cim_bridge.folder import CityFolder
    from twin_server.store import open_store

    folder = CityFolder.open(city)
    took = []
    store = open_store(folder)
    first = store.current()
    assert first is not None
    for _ in range(ROUNDS):
        later, _ = store.publish(first.model, first.results, actor="bench", bindings=("0" * 32,))
        while _json(f"{ours.url}/api/v1/city")["publication"]["id"] != later.id:
            time.sleep(0.05)
        start = time.perf_counter()
        _send(f"{ours.url}/api/v1/releases/{first.id}/rollback", {"reason": "bench"})
        while _json(f"{ours.url}/api/v1/city")["publication"]["id"] != first.id:
            time.sleep(0.001)
        took.append((time.perf_counter() - start) * 1000)
    store.close()
    releases = folder.models / first.model, folder.results / first.results
    files = sum(len(names) for one in releases for _, _, names in os.walk(one))
    return {"files": files, "ms": statistics.median(took), "first_ms": took[0]}


def _items(stack: ExitStack, home: Path, ours: Server) -> dict[str, Any]:
    """The same rows at tipg: one page again and again, and another page every time."""
    if find_spec("tipg") is None:
        return {"absent": "no tipg here: pip install --group bench"}
    from tests.support.postgis import LACKING, may_run, programs, started

    if programs() is None or not may_run():
        return {"absent": LACKING}
    server = stack.enter_context(started())
    url = server.url(_filled(server, ours.url)).replace("+psycopg", "")
    port = _free()
    argv = [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(port),
            "--no-access-log", "--log-level", "warning"]  # fmt: skip
    env = {"DATABASE_URL": url, "POSTGRES_DBNAME": url.rpartition("/")[2]}
    peer = stack.enter_context(_running(argv, env, f"http://127.0.0.1:{port}", "/conformance"))
    script = home / "pages.lua"
    script.write_text(_PAGES)
    theirs, mine = "/collections/public.building/items", "/ogc/collections/building/items"
    assert len(_json(f"{peer.url}{theirs}?limit=100")["features"]) == 100
    page, onward = "?limit=100", "?limit=100&offset="
    return {
        "one page again": _beside((ours, mine + page), (peer, theirs + page)),
        "another page every time": _beside((ours, mine + onward), (peer, theirs + onward), script),
    }


def _filled(server: Any, ours: str) -> str:
    """A database with the table `building`: the rows that our own door gives."""
    import psycopg

    url = server.empty()
    features = _json(f"{ours}/ogc/collections/building/items?limit=10000")["features"]
    names = [name for name in features[0]["properties"] if name not in ("attributes", "row")]
    columns = ", ".join(f'"{name}" text' for name in names)
    with psycopg.connect(url.replace("+psycopg", "")) as link:
        link.execute(
            f"CREATE TABLE building (gid serial primary key, id text, {columns}, "
            "geom geometry(Geometry, 4326))"
        )
        listed = ", ".join(f'"{name}"' for name in names)
        with link.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO building (id, {listed}, geom) VALUES "  # noqa: S608 - our own names
                f"(%s, {', '.join(['%s'] * len(names))}, ST_GeomFromGeoJSON(%s))",
                [
                    (one["id"], *(_text(one["properties"][name]) for name in names),
                     json.dumps(one["geometry"]))
                    for one in features
                ],
            )  # fmt: skip
        link.execute("CREATE INDEX ON building USING gist (geom)")
        link.commit()
        link.execute("ANALYZE building")
    return str(url.rpartition("/")[2])


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell)


def _beside(
    ours: tuple[Server, str], theirs: tuple[Server, str], script: Path | None = None
) -> dict[str, Any]:
    """Rounds of both, one after the other; the middle of the ratios."""
    for one in (ours, theirs):
        _load(*one, script, seconds=1)
    pairs = [(_load(*ours, script), _load(*theirs, script)) for _ in range(ROUNDS)]
    ratios = sorted(one.rate / max(other.rate, 1e-9) for one, other in pairs)
    by_cpu = [one.a_cpu_second / max(other.a_cpu_second, 1e-9) for one, other in pairs]
    return {
        "ours": statistics.median(one.rate for one, _ in pairs),
        "theirs": statistics.median(other.rate for _, other in pairs),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "ratio_by_cpu": statistics.median(by_cpu),
        "a_cpu_second": statistics.median(one.a_cpu_second for one, _ in pairs),
        "p99_ms": statistics.median(one.p99_ms for one, _ in pairs),
    }


def _load(server: Server, path: str, script: Path | None = None, seconds: int = SECONDS) -> Load:
    url, more = server.url + path, ["-s", str(script)] if script else []
    argv = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency",
            "-H", "Accept-Encoding: br, gzip", *more, url]  # fmt: skip
    before = server.cpu()
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, preexec_fn=lambda: _pin(last=True)
    )
    spent = max(server.cpu() - before, 0.01)
    assert "Non-2xx" not in done.stdout, f"{url}: {done.stdout}"
    rate, p99, count = (one.search(done.stdout) for one in (_RATE, _P99, _COUNT))
    assert rate is not None, done.stdout
    assert p99 is not None, done.stdout
    assert count is not None, done.stdout
    return Load(float(rate[1]), float(p99[1]) * _MS[p99[2]], int(count[1]) / spent)


def _pin(*, last: bool = False) -> None:
    """Hold this process to one core."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1] if last else cores[0]})


@contextmanager
def _running(argv: list[str], env: dict[str, str], url: str, ready: str) -> Iterator[Server]:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            argv, stdout=log, stderr=log, env={**os.environ, **env}, preexec_fn=_pin
        )
        try:
            deadline = time.monotonic() + 240
            while not _answers(url + ready):
                log.seek(0)
                assert process.poll() is None, log.read()
                assert time.monotonic() < deadline, f"{argv[0]} does not answer"
                time.sleep(0.1)
            yield Server(url, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())


def _send(url: str, body: Any) -> Any:
    asked = urllib.request.Request(  # noqa: S310 - loopback
        url, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())


def _free() -> int:
    from tests.support.server import free_port

    return free_port()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="cimtwin-serving-") as name:
        told = measure(Path(name))
    print(json.dumps(told, indent=1))
    for label, value, goal in rows(told):
        print(f"{label:<62}" + ("" if value is None else f"{value:>12,.2f}") + f"  {goal}")
