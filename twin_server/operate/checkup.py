"""Is a deployment fit to serve? Rights, space, files against their hashes, record, clock, versions.

Nothing is written; what is wrong is said with what to do.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import viewer
from cim_bridge.errors import InputRefused, NotFound, Unavailable
from cim_bridge.folder import CityFolder
from cim_bridge.issues import Issue
from twin_server import audit as audit_log
from twin_server.database import reading
from twin_server.events.outbox import waiting
from twin_server.identity.people import People
from twin_server.operate.guard import guard
from twin_server.proof import prove_release
from twin_server.settings import Settings
from twin_server.store import Store, open_store

Mark = Literal["✓", "!", "✗"]

LEAST_FREE = 1 << 30
"""Bytes that must be free at least; twice the current releases where they are larger."""

FLOORS = {"starlette": (1, 5, 1), "sqlalchemy": (2, 0), "joserfc": (1, 1)}
"""Versions below which something is known to be unsafe or missing."""


@dataclass(frozen=True)
class Finding:
    """One line: fine, worth a look, or wrong; in both languages."""

    mark: Mark
    check: str
    zh: str
    en: str

    def line(self) -> str:
        """For a terminal."""
        both = self.zh if self.zh == self.en else f"{self.zh} / {self.en}"
        return f"{self.mark} {self.check}: {both}"


def check_up(folder: CityFolder, settings: Settings) -> list[Finding]:
    """Every finding of a deployment, in the order of a start."""
    found = [*_versions(), *_guard(folder, settings), *_rights(folder)]
    try:
        store = open_store(folder, settings)
    except (Unavailable, SQLAlchemyError) as exc:
        return [*found, _bad("database", str(exc), str(exc))]
    try:
        found += [*_database(store), *_record(store), *_publication(folder, store)]
        found += [*_people(store, settings), *_events(store, settings)]
    finally:
        store.close()
    return [*found, *_page(), *_reports()]


def _fine(check: str, zh: str, en: str) -> Finding:
    return Finding("✓", check, zh, en)


def _bad(check: str, zh: str, en: str) -> Finding:
    return Finding("✗", check, zh, en)


def _versions() -> Iterator[Finding]:
    told = [f"Python {sys.version.partition(' ')[0]}"]
    for name, floor in FLOORS.items():
        try:
            here = installed(name)
        except PackageNotFoundError:
            yield _bad("versions", f"缺少 {name}", f"{name} is missing")
            continue
        told.append(f"{name} {here}")
        numbers = tuple(int(part) for part in here.split(".")[:3] if part.isdecimal())
        if numbers < floor:
            least = ".".join(map(str, floor))
            yield _bad("versions", f"{name} {here} 过旧", f"{name} {here} is older than {least}")
    yield _fine("versions", ", ".join(told), ", ".join(told))


def _guard(folder: CityFolder, settings: Settings) -> Iterator[Finding]:
    host = "127.0.0.1" if settings.auth.mode == "off" else "0.0.0.0"  # noqa: S104 - only judged
    log = guard(folder, settings, host)
    yield from map(_of_issue, log)
    if not log.errors:
        mode = settings.auth.mode
        yield _fine("settings", f"登录方式 {mode}", f"sign-in is {mode}")


def _of_issue(issue: Issue) -> Finding:
    mark: Mark = "✗" if issue.severity == "error" else "!"
    return Finding(
        mark, issue.code, f"{issue.why['zh']}；{issue.fix['zh']}",
        f"{issue.why['en']}; {issue.fix['en']}",
    )  # fmt: skip


def _rights(folder: CityFolder) -> Iterator[Finding]:
    closed = [
        part.name or str(part)
        for part in (folder.path, folder.models, folder.batches, folder.results)
        if part.exists() and not os.access(part, os.W_OK | os.X_OK)
    ]
    if closed:
        names = ", ".join(closed)
        yield _bad("rights", f"当前用户不可写：{names}", f"this account may not write to {names}")
    else:
        yield _fine("rights", "当前用户可写", "this account may write where it must")
    need = max(LEAST_FREE, 2 * _size(folder))
    free = shutil.disk_usage(folder.path).free
    numbers = f"{free / 2**30:.1f} GiB", f"{need / 2**30:.1f} GiB"
    if free < need:
        yield _bad("space", f"剩余 {numbers[0]}，至少需要 {numbers[1]}",
                   f"{numbers[0]} are free, {numbers[1]} are needed")  # fmt: skip
    else:
        yield _fine("space", f"剩余 {numbers[0]}", f"{numbers[0]} are free")


def _size(folder: CityFolder) -> int:
    """Bytes of the newest model and of the newest results: the next publication takes as much."""
    total = 0
    for parent in (folder.models, folder.results):
        releases = [path for path in parent.glob("[0-9a-f]*") if path.is_dir()]
        if releases:
            newest = max(releases, key=lambda path: path.stat().st_mtime)
            total += sum(file.stat().st_size for file in newest.rglob("*") if file.is_file())
    return total


def _database(store: Store) -> Iterator[Finding]:
    kind = store.engine.dialect.name
    if kind != "sqlite":
        yield _fine("database", kind, kind)
        return
    with reading(store.engine) as connection:
        told = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
    if told == "ok":
        yield _fine("database", "完好", "SQLite is whole")
    else:
        yield _bad("database", f"数据库损坏：{told}", f"SQLite is damaged: {told}")


def _record(store: Store) -> Iterator[Finding]:
    try:
        count = store.verify_audit()
    except InputRefused as exc:
        yield from map(_of_issue, exc.log)
    else:
        yield _fine("record", f"{count} 条，哈希链完整", f"{count} entries, the chain holds")
    newest: list[dict[str, Any]] = store.audit_page(1, 0)[0]
    if newest and newest[0]["time"] > audit_log.now():
        told = newest[0]["time"]
        yield _bad(
            "clock",
            f"系统时钟早于最近一条记录 {told}",
            f"the clock is before {told}, the newest entry",
        )
    else:
        yield _fine("clock", audit_log.now(), audit_log.now())


def _publication(folder: CityFolder, store: Store) -> Iterator[Finding]:
    now = store.current()
    if now is None:
        yield Finding("!", "publication", "尚未发布", "nothing is published yet: cimtwin publish")
        return
    try:
        prove_release(folder, now.model, now.results)
    except InputRefused as exc:
        yield from map(_of_issue, exc.log)
    else:
        yield _fine("publication", f"第 {now.seq} 次发布，文件与哈希一致",
                    f"number {now.seq}: every file is as its hash says")  # fmt: skip


def _people(store: Store, settings: Settings) -> Iterator[Finding]:
    if settings.auth.mode != "keys":
        return
    able = [one for one in People(store.engine).everyone() if not one.disabled]
    if not any(not key["revoked"] for one in able for key in one.keys):
        yield _bad(
            "people", "没有可登录的用户：cimtwin user add", "nobody can sign in: cimtwin user add"
        )
    else:
        yield _fine("people", f"{len(able)} 名用户", f"{len(able)} may sign in")


def _events(store: Store, settings: Settings) -> Iterator[Finding]:
    dead = waiting(store.engine)["dead"]
    if settings.webhooks.endpoints and dead:
        yield Finding("!", "webhooks", f"{dead} 条未能送达：cimtwin audit events",
                      f"{dead} deliveries were given up: cimtwin audit events")  # fmt: skip


def _page() -> Iterator[Finding]:
    try:
        found: Path = viewer.static_dir()
    except NotFound as exc:
        yield Finding("!", "page", "网页未构建，仅提供接口", f"only the API is served: {exc}")
    else:
        yield _fine("page", "已构建", f"built, {sum(1 for _ in found.rglob('*'))} files")


def _reports() -> Iterator[Finding]:
    """What pictures and reports need of the machine; a city is served without them."""
    from scenes.report.pdf import office

    if find_spec("pyvista") is None:
        yield Finding("!", "pictures", "没有 PyVista，不能出静态图", "no PyVista: no stills")
    if office() is None:
        zh = "没有 LibreOffice，报告只有 DOCX 与 XLSX，没有 PDF（安装 libreoffice-writer）"
        en = "no LibreOffice: reports are DOCX and XLSX, not PDF (install libreoffice-writer)"
        yield Finding("!", "reports", zh, en)
    else:
        yield _fine(
            "reports", "有 LibreOffice，报告可出 PDF", "LibreOffice is here: reports get a PDF"
        )
