"""A PostgreSQL server with PostGIS of the tests' own: Debian's programs, a folder that goes away.

`postgis.empty()` gives the address of a new, empty database with the extension; `citydb` and any
test of a store on PostgreSQL can use it. It listens on 127.0.0.1 and trusts everybody there.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.support.server import free_port

PROGRAMS = Path("/usr/lib/postgresql")
REQUIRED = "CIM_POSTGIS"
"""Set to `required` where the tests must not be skipped, as .ci/run does."""

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB")
OWNER = "postgres"
LACKING = "no PostgreSQL with PostGIS here: apt install postgresql postgresql-postgis"
ROOM = 3 << 30
"""Bytes that the memory file system must have free to hold the data."""

GUARDED = "guarded"
"""The one role that must give a password; a test makes it before it uses it."""


@dataclass
class PostGis:
    """A running server. programs: the folder of initdb and pg_ctl; home: data and log."""

    programs: Path
    home: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def empty(self, *, extension: bool = True) -> str:
        """SQLAlchemy's address of a new, empty database of its own, with PostGIS or without."""
        name = f"city_{next(self._numbers)}"
        self.psql("postgres", f"CREATE DATABASE {name} TEMPLATE {'gis' if extension else 'bare'}")
        return self.url(name)

    def copy(self, url: str) -> str:
        """A copy of a database that nobody is connected to."""
        name = f"city_{next(self._numbers)}"
        self.psql("postgres", f"CREATE DATABASE {name} TEMPLATE {url.rpartition('/')[2]}")
        return self.url(name)

    def url(self, database: str, user: str = OWNER) -> str:
        """Address of a database for a user."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def psql(self, database: str, command: str) -> str:
        """Run one command; returns what it prints."""
        call = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", OWNER]
        return self.run("psql", *call, "-p", str(self.port), "-d", database, "-c", command)

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as a user who may."""
        user = OWNER if os.geteuid() == 0 else None
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [self.programs / program, *arguments],
            user=user, group=user, cwd=self.home, env=environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}"
        return done.stdout.strip()

    def start(self) -> None:
        """Make the data folder and start to listen."""
        self.run(
            "initdb", "-D", "data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync",
        )  # fmt: skip
        rules = self.home / "data" / "pg_hba.conf"
        asked = f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n"
        rules.write_text(asked + rules.read_text(encoding="utf-8"), encoding="utf-8")
        settings = " ".join(f"-c {one}" for one in FAST)
        listen = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1"
        options = f"{listen} {settings}"
        self.run("pg_ctl", "-D", "data", "-w", "-t", "30", "-l", "log", "-o", options, "start")
        for name in ("bare", "gis"):
            self.psql("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        self.psql("gis", "CREATE EXTENSION postgis")

    def stop(self) -> None:
        """Stop at once and take the folder away."""
        if (self.home / "data" / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "-t", "30", "stop")
        shutil.rmtree(self.home, ignore_errors=True)


def programs() -> Path | None:
    """The newest PostgreSQL here that has PostGIS, by its folder of programs."""
    for folder in sorted(PROGRAMS.glob("*/bin/initdb"), reverse=True):
        version = folder.parent.parent.name
        control = Path("/usr/share/postgresql") / version / "extension" / "postgis.control"
        if control.is_file():
            return folder.parent
    return None


def may_run() -> bool:
    """Whether a server can be started by whoever runs the tests: initdb refuses root."""
    return os.geteuid() != 0 or any(one.pw_name == OWNER for one in pwd.getpwall())


@contextmanager
def started() -> Iterator[PostGis]:
    """A server that runs as long as the block; in memory where there is room."""
    found = programs()
    assert found is not None, LACKING
    memory = Path("/dev/shm")  # noqa: S108 - where it is, a database there costs no disk
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    home = Path(tempfile.mkdtemp(prefix="cim-pg-", dir=memory if roomy else None))
    if os.geteuid() == 0:
        shutil.chown(home, OWNER, OWNER)
    server = PostGis(found, home, free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgis() -> Iterator[PostGis]:
    """A server for the session; skips, with the reason, where Debian's packages are not there."""
    if programs() is None or not may_run():
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(LACKING)
        pytest.skip(LACKING)
    with started() as server:
        yield server
