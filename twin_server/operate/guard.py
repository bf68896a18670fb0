"""What a server refuses to start with: settings that would open what they mean to close."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from cim_bridge.errors import TwinError
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.hosts import Hosts
from twin_server.basemaps.address import hosts_of
from twin_server.settings import LOOPBACK, Settings

SHORTEST_SECRET = 32
"""Characters of the shortest secret that is taken."""


def guard(folder: CityFolder, settings: Settings, host: str) -> IssueLog:
    """Every reason not to start, and what is worth a warning."""
    log = IssueLog()
    reached = {host} | settings.hosts  # behind a proxy others reach it by these names
    for name in sorted(reached - LOOPBACK) if settings.auth.mode == "off" else ():
        log.add("HOST_NOT_LOOPBACK", host=name)
    if "*" in settings.cors and settings.cors_credentials:
        log.add("CORS_WILD", file="city.toml")
    _sign_in(settings, host, log)
    _secrets(settings, log)
    _webhooks(settings, log)
    _basemaps(settings, log)
    for path in _writable_by_all(folder):
        log.add("FOLDER_OPEN_TO_ALL", file=path, path=path)
    return log


def _sign_in(settings: Settings, host: str, log: IssueLog) -> None:
    auth = settings.auth
    if auth.mode == "oidc" and not settings.public_url:
        log.add("PUBLIC_URL_MISSING", file="city.toml")
    if auth.proxy is not None and not auth.proxy.addresses:
        log.add("PROXY_ADDRESSES_MISSING", file="city.toml")
    if auth.mode != "off" and host not in LOOPBACK and not settings.secure:
        log.add("NO_HTTPS", file="city.toml", host=host)


def _secrets(settings: Settings, log: IssueLog) -> None:
    """Secrets that are needed must be there, and any that is there must be long enough."""
    auth = settings.auth
    needed = {
        "CIMTWIN_SECRET": (settings.secret, auth.mode != "off"),
        "CIMTWIN_PROXY_SECRET": (auth.proxy.secret if auth.proxy else "", auth.proxy is not None),
        "CIMTWIN_WEBHOOK_SECRET": (settings.webhooks.secret, bool(settings.webhooks.endpoints)),
        "CIMTWIN_PRIVATE_SECRET": (settings.private_secret, False),
    }
    for name, (value, is_needed) in needed.items():
        if (is_needed or value) and len(value) < SHORTEST_SECRET:
            log.add("SECRET_SHORT", name=name, length=len(value), least=SHORTEST_SECRET)


def _webhooks(settings: Settings, log: IssueLog) -> None:
    hooks = settings.webhooks
    try:
        hosts = Hosts.of(hooks.allow, hooks.allow_private)
    except ValueError as exc:
        log.add("CITY_CONFIG_INVALID", file="city.toml", reason=f"[webhooks] {exc}")
        return
    for url in hooks.endpoints:
        try:
            hosts.check(url)
        except TwinError:
            log.add("WEBHOOK_HOST", file="city.toml", url=url)


def _basemaps(settings: Settings, log: IssueLog) -> None:
    maps = settings.basemaps
    try:
        hosts = Hosts.of(maps.allow, maps.allow_private)
    except ValueError as exc:
        log.add("CITY_CONFIG_INVALID", file="city.toml", reason=f"[basemaps] {exc}")
        return
    for one in maps.every.values():
        if one.key_variable and not one.key:
            log.add("BASEMAP_KEY_MISSING", file="city.toml", id=one.name, name=one.key_variable)
        for url in hosts_of(one):
            if not hosts.names(url):
                host = urlsplit(url).netloc
                log.add("BASEMAP_HOST", file="city.toml", id=one.name, host=host)


def _writable_by_all(folder: CityFolder) -> list[Path]:
    if sys.platform == "win32":  # pragma: no cover - its rights are not in the mode
        return []
    parts = (
        folder.path, folder.path / "city.toml", folder.models, folder.batches, folder.results,
        folder.files, folder.surveys, folder.database,
    )  # fmt: skip
    return [
        path for path in parts if path.exists() and stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH
    ]
