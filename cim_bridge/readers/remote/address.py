"""What a person may name instead of a file: an address on the web, and what speaks there.

`oapif:URL`, `wfs:URL`, `arcgis:URL` and `3dtiles:URL` say it; without a prefix the address does,
and where it does not, the document that lies there.

- `.../collections/NAME` → OGC API Features (also with `/items?...`: its filters are kept)
- `.../FeatureServer/0`, `.../MapServer/3` → ArcGIS REST
- `?service=WFS`, `?typeName=`, `?typeNames=`, `.../wfs`, `.../ows` → WFS
- `.../tileset.json` → 3D Tiles
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from cim_bridge.readers.remote.client import Client
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import target_of

OAPIF, WFS, ARCGIS, TILES = "oapif", "wfs", "arcgis", "3dtiles"
KINDS = (OAPIF, WFS, ARCGIS, TILES)

_WEB = re.compile(rf"^(?:({'|'.join(KINDS)}):)?(https?://\S+)$", re.IGNORECASE)
_ARCGIS = re.compile(r"/(?:FeatureServer|MapServer)(?:/\d+)?(?:/query)?/?$", re.IGNORECASE)
_SECRETS = frozenset(
    ("token", "access_token", "accesstoken", "api_key", "apikey", "api-key", "x-api-key",
     "password", "passwd", "pwd", "secret", "client_secret", "sig", "signature", "tk", "ak", "sk",
     "auth", "authkey", "authorization", "subscription-key")
)  # fmt: skip


@dataclass(frozen=True)
class Address:
    """A checked address; kind is "" where only the document can tell."""

    kind: str
    url: str


def is_remote(text: str) -> bool:
    """Whether a source is an address on the web and no file."""
    return _WEB.match(text) is not None


def read_address(text: str) -> Address:
    """Understand what was named. Refused when it holds a secret or is no address."""
    found = _WEB.match(text.strip())
    if found is None:
        raise Refused("REMOTE_ADDRESS_INVALID", reason=text.partition("?")[0][:80])
    url = found[2].partition("#")[0]
    target_of(url)
    for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name.lower() in _SECRETS:
            raise Refused("REMOTE_SECRET_IN_ADDRESS", what=f"{name}=")
    return Address((found[1] or "").lower() or _kind(url), url)


def _kind(url: str) -> str:
    parts = urlsplit(url)
    names = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    path = parts.path.rstrip("/").lower()
    if path.endswith("/tileset.json"):
        return TILES
    if _ARCGIS.search(parts.path):
        return ARCGIS
    if "/collections/" in path or path.endswith("/collections"):
        return OAPIF
    told = names.get("service", "").upper() == "WFS" or {"typename", "typenames"} & set(names)
    if told or path.endswith(("/wfs", "/ows")):
        return WFS
    return ""


def find_kind(client: Client, address: Address) -> str:
    """What the document at an address says it is; Refused when it says nothing known."""
    if address.kind:
        return address.kind
    answer = client.get(address.url, "application/json, application/xml;q=0.5, */*;q=0.1")
    head = answer.head()
    if b"WFS_Capabilities" in head:
        return WFS
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        found = client.parsed(answer)
        if "geometricError" in found and "root" in found:
            return TILES
        if "currentVersion" in found and ("layers" in found or "fields" in found):
            return ARCGIS
        if "collections" in found or ("links" in found and "type" not in found):
            return OAPIF
    raise Refused("REMOTE_KIND_UNKNOWN", url=answer.url, found=client.glimpse(head))
