"""CityJSON passed through: every byte of geometry stays text, only attributes are added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from cim_bridge.writers.added import PREFIX, Added

Raw = msgspec.Raw
Object = dict[str, Raw]
_BLANK = b"\xef\xbb\xbf\x1e \t\r\n"

_top = msgspec.json.Decoder(dict[str, Raw])
_objects = msgspec.json.Decoder(dict[str, dict[str, Raw]])
_encode = msgspec.json.Encoder().encode


def document(path: Path) -> dict[str, Raw]:
    """A CityJSON file by its members, undecoded."""
    return _top.decode(path.read_bytes().strip(_BLANK))


def lines(path: Path) -> Iterator[dict[str, Raw]]:
    """Header and features of a CityJSONSeq, each by its members, undecoded."""
    with path.open("rb") as handle:
        for line in handle:
            text = line.strip(_BLANK)
            if text:
                yield _top.decode(text)


def objects_of(part: dict[str, Raw]) -> dict[str, Object]:
    """City objects of a document or feature, their members undecoded."""
    return _objects.decode(part.get("CityObjects", Raw(b"{}")))


def attributes_of(item: Object) -> dict[str, Raw]:
    """Attributes of a city object, undecoded; `null` counts as none."""
    text = bytes(item.get("attributes", b"{}"))
    return _top.decode(text) if text.strip() != b"null" else {}


def told(part: dict[str, Raw], added: Added, unit: Callable[[str, Object], str]) -> int:
    """Add attributes to the city objects of a document or feature; how many were added."""
    objects = objects_of(part)
    count = 0
    for name, item in objects.items():
        new = added.of(unit(name, item))
        if new:
            own = {k: v for k, v in attributes_of(item).items() if not k.startswith(PREFIX)}
            item["attributes"] = Raw(_encode({**own, **new}))
            count += len(new)
    if count:
        part["CityObjects"] = Raw(_encode(objects))
    return count


def encode(part: Any, *, one_line: bool = False) -> bytes:
    """JSON text; undecoded members keep their bytes, in one line all but their blanks."""
    text = _encode(part)
    return msgspec.json.format(text, indent=-1) if one_line and b"\n" in text else text
