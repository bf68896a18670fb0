"""Element names of CityGML 2.0 and 3.0 that the writer needs: the same building, two spellings."""

from __future__ import annotations

import re
from dataclasses import dataclass

VERSIONS = ("2.0", "3.0")
_NAME = re.compile(r"[A-Za-z_][\w.\-]*\Z")
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Dialect:
    """Namespaces by prefix, and the words that differ between versions."""

    version: str
    spaces: dict[str, str]
    boundary: str
    surface_of: str
    shape: str
    solid: str
    generic: str


def dialect(version: str) -> Dialect:
    """The words of one version."""
    base = "http://www.opengis.net/citygml"
    spaces = {
        "core": f"{base}/{version}",
        "bldg": f"{base}/building/{version}",
        "gen": f"{base}/generics/{version}",
        "xlink": "http://www.w3.org/1999/xlink",
    }
    if version == "2.0":
        spaces["gml"] = "http://www.opengis.net/gml"
        return Dialect(version, spaces, "bldg:boundedBy", "bldg", "bldg", "bldg", "{}Attribute")
    spaces |= {"gml": "http://www.opengis.net/gml/3.2", "con": f"{base}/construction/{version}"}
    return Dialect(version, spaces, "core:boundary", "con", "core", "core", "{}Attribute")


def gml_id(name: str) -> str:
    """An id that XML allows: the name itself, else `id-` and its UTF-8 bytes in hex."""
    plain = name.isascii() and _NAME.match(name) and not name.startswith("id-")
    return name if plain else f"id-{name.encode().hex()}"


def escaped(value: object) -> str:
    """Text for XML; characters that XML cannot hold become a space."""
    text = _CONTROL.sub(" ", str(value))
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, entity)
    return text
