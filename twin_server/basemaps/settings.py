"""`[[basemap]]` and `[basemaps]` of city.toml: what may be shown below the city, if any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from cim_bridge.texts import Text, text
from twin_server.settingtable import Table, secret_of

Kind = Literal["tianditu", "xyz", "wmts", "wms"]
Shift = Literal["none", "gcj02"]
Word = TypeVar("Word", bound=str)

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]{2,63}$")
_OURS = re.compile(r"^(CIMTWIN_|DATABASE_URL)")
_DEEPEST = 24

TIANDITU = "https://t{s}.tianditu.gov.cn/{layer}_w/wmts"
TIANDITU_HOSTS = frozenset(f"t{number}.tianditu.gov.cn" for number in range(8))
TIANDITU_LAYERS: dict[str, Text] = {
    "vec": text("天地图 矢量", "Tianditu streets"),
    "cva": text("天地图 矢量注记", "Tianditu street labels"),
    "img": text("天地图 影像", "Tianditu imagery"),
    "cia": text("天地图 影像注记", "Tianditu imagery labels"),
    "ter": text("天地图 地形", "Tianditu terrain"),
    "cta": text("天地图 地形注记", "Tianditu terrain labels"),
}
"""Layers of the national platform in Web Mercator (tile matrix set `w`); CGCS2000, not shifted."""

_SHIFTED = re.compile(r"(^|\.)(autonavi\.com|amap\.com|gaode\.com|gtimg\.com|google\.cn|qq\.com)$")
"""Services whose tiles lie in GCJ-02, some 100 to 700 m off."""
_BAIDU = re.compile(r"(^|\.)(bdimg\.com|baidu\.com|bdstatic\.com)$")
"""BD-09 has a tile grid of its own: its tiles never fit."""


@dataclass(frozen=True)
class Basemap:
    """One base map. url: with {z} {x} {y} (xyz, a WMTS in REST), or the service's own address.

    Tiles are of the usual grid in EPSG:3857, 256 pixels wide. shift: `gcj02` for services that are
    off; they are labelled so. key never leaves the server.
    """

    name: str
    kind: Kind
    url: str
    label: Text
    attribution: str
    least: int = 0
    most: int = 18
    shift: Shift = "none"
    overlay: bool = False
    layer: str = ""
    style: str = ""
    matrix_set: str = ""
    form: str = ""
    subdomains: str = ""
    key_variable: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Basemaps:
    """Every base map by its name, and the hosts that may be asked."""

    every: dict[str, Basemap] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()
    cache_bytes: int = 256 * 2**20
    cache_seconds: float = 7 * 86400.0


def read_basemaps(env: Mapping[str, str], raw: dict[str, Any]) -> Basemaps:
    """Read them; ValueError and TypeError say what is wrong."""
    table = Table(raw, "basemaps")
    found: dict[str, Basemap] = {}
    for item in Table({"city.toml": raw}, "city.toml").tables("basemap"):
        made = _basemap(env, item)
        if made.name in found:
            raise ValueError(f"[[basemap]] {made.name}: there are two of this name")
        found[made.name] = made
    own = TIANDITU_HOSTS if any(one.url == TIANDITU for one in found.values()) else ()
    result = Basemaps(
        found, (*table.texts("allow"), *sorted(own)), tuple(table.texts("allow_private")),
        int(table.number("cache_mb", 256) * 2**20), table.number("cache_days", 7) * 86400.0,
    )  # fmt: skip
    table.nothing_else()
    return result


def _basemap(env: Mapping[str, str], item: Table) -> Basemap:
    name = item.text("name")
    if not _NAME.match(name):
        raise ValueError(f"[[basemap]] name {name!r}: small letters, digits and -")
    kinds: tuple[Kind, ...] = get_args(Kind)
    shifts: tuple[Shift, ...] = get_args(Shift)
    kind = _one_of(kinds, item.text("kind"), f"{name}: kind")
    layer, variable = item.text("layer"), item.text("key_env")
    url, label = item.text("url"), item.table("label").words()
    if kind == "tianditu":
        if layer not in TIANDITU_LAYERS:
            raise ValueError(f"[[basemap]] {name}: layer is one of {', '.join(TIANDITU_LAYERS)}")
        url = url or TIANDITU
    made = Basemap(
        name=name, kind=kind, url=url, layer=layer,
        label=_label(label, TIANDITU_LAYERS.get(layer) if kind == "tianditu" else None, name),
        attribution=item.text("attribution", "© 国家地理信息公共服务平台 天地图"
                              if kind == "tianditu" else ""),
        least=_level(item, "min_level", 1 if kind == "tianditu" else 0),
        most=_level(item, "max_level", 18),
        shift=_one_of(shifts, item.text("shift", "none"), f"{name}: shift"),
        overlay=item.flag("overlay") or layer in ("cva", "cia", "cta"),
        style=item.text("style", "default" if kind in ("wmts", "tianditu") else ""),
        matrix_set=item.text("matrix_set", "w" if kind == "tianditu" else ""),
        form=item.text("format", "tiles" if kind == "tianditu" else "image/png"),
        subdomains=item.text("subdomains", "01234567" if url == TIANDITU else ""),
        key_variable=variable,
        key=secret_of(env, variable) if variable else "",
    )  # fmt: skip
    item.nothing_else()
    _judge(made)
    return made


def _one_of(words: tuple[Word, ...], given: str, told: str) -> Word:
    for word in words:
        if word == given:
            return word
    raise ValueError(f"[[basemap]] {told} is one of {', '.join(words)}")


def _level(item: Table, key: str, otherwise: int) -> int:
    value = item.whole(key, otherwise)
    if value > _DEEPEST:
        raise ValueError(f"[[basemap]] {key} is {_DEEPEST} at most")
    return value


def _label(given: dict[str, str], otherwise: Text | None, name: str) -> Text:
    if not set(given) <= {"zh", "en"}:
        raise ValueError(f"[[basemap]] {name}: label has zh and en")
    if given:
        return text(given.get("zh") or given["en"], given.get("en") or given["zh"])
    return otherwise or text(name, name)


def _judge(one: Basemap) -> None:
    told = f"[[basemap]] {one.name}:"
    parts = urlsplit(one.url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username:
        raise ValueError(f"{told} url is a web address without user or password")
    if "{" in host.replace("{s}", "") or ("{s}" in host and not one.subdomains):
        raise ValueError(f'{told} only {{s}} may change in the host, with subdomains = "0123"')
    if not one.attribution:
        raise ValueError(f"{told} say in attribution whose map it is")
    if one.least > one.most:
        raise ValueError(f"{told} min_level is above max_level")
    if one.kind == "xyz" and not all(part in one.url for part in ("{z}", "{x}")):
        raise ValueError(f"{told} url needs {{z}}, {{x}} and {{y}} (or {{-y}})")
    if one.kind in ("wmts", "wms") and not one.layer:
        raise ValueError(f"{told} layer is missing")
    if one.kind == "wmts" and not one.matrix_set:
        raise ValueError(f"{told} matrix_set is missing: the name of EPSG:3857's grid there")
    if one.key_variable and (
        not _VARIABLE.match(one.key_variable) or _OURS.match(one.key_variable)
    ):
        raise ValueError(f"{told} key_env is the NAME of an environment variable of its own")
    if re.search(r"[?&](key|tk|ak|token|access_token|apikey)=[^{&]", one.url, re.I):
        raise ValueError(f'{told} write {{key}} in the url and key_env = "…": no key in this file')
    _judge_shift(one, host)


def _judge_shift(one: Basemap, host: str) -> None:
    told = f"[[basemap]] {one.name}:"
    if _BAIDU.search(host):
        raise ValueError(f"{told} Baidu's tiles (BD-09) have a grid of their own and never fit")
    if _SHIFTED.search(host) and one.shift == "none":
        raise ValueError(
            f"{told} {host} serves GCJ-02, some 500 m off the model:"
            ' write shift = "gcj02" to show it labelled so'
        )
