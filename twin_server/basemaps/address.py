"""The address of one tile at its own service."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from twin_server.basemaps.settings import Basemap

_HALF = 20037508.342789244
"""Half the width of Web Mercator's square, in metres: π × 6378137."""
_SIZE = 256


def address_of(one: Basemap, z: int, x: int, y: int) -> str:
    """The address that answers tile (z, x, y) of the usual grid, counted from the top left."""
    part = one.subdomains[(x + y) % len(one.subdomains)] if one.subdomains else ""
    url = one.url.replace("{s}", part).replace("{layer}", quote(one.layer))
    url = url.replace("{key}", quote(one.key, safe=""))
    for name, value in (("z", z), ("x", x), ("y", y), ("-y", 2**z - 1 - y),
                        ("TileMatrix", z), ("TileCol", x), ("TileRow", y)):  # fmt: skip
        url = url.replace(f"{{{name}}}", str(value))
    if one.kind == "xyz" or (one.kind == "wmts" and "{TileMatrix}" in one.url):
        return url
    asked = _wms(one, z, x, y) if one.kind == "wms" else _wmts(one, z, x, y)
    if one.kind == "tianditu":
        asked["tk"] = one.key
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"


def _wmts(one: Basemap, z: int, x: int, y: int) -> dict[str, str]:
    return {
        "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": one.layer,
        "STYLE": one.style, "TILEMATRIXSET": one.matrix_set, "FORMAT": one.form,
        "TILEMATRIX": str(z), "TILEROW": str(y), "TILECOL": str(x),
    }  # fmt: skip


def _wms(one: Basemap, z: int, x: int, y: int) -> dict[str, str]:
    """GetMap of the tile's square; EPSG:3857 has its east axis first in 1.3.0 too."""
    side = 2 * _HALF / 2**z
    west, north = x * side - _HALF, _HALF - y * side
    box = (west, north - side, west + side, north)
    return {
        "SERVICE": "WMS", "REQUEST": "GetMap", "VERSION": "1.3.0", "LAYERS": one.layer,
        "STYLES": one.style, "CRS": "EPSG:3857", "BBOX": ",".join(f"{edge:.6f}" for edge in box),
        "WIDTH": str(_SIZE), "HEIGHT": str(_SIZE), "FORMAT": one.form,
        "TRANSPARENT": "TRUE" if one.overlay else "FALSE",
    }  # fmt: skip


def hosts_of(one: Basemap) -> list[str]:
    """An address at every host that a base map may be asked from, to hold against the list."""
    parts = urlsplit(one.url)
    return [
        f"{parts.scheme}://{parts.netloc.replace('{s}', part)}/" for part in one.subdomains or " "
    ]
