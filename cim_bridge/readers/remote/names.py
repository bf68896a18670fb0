"""Small promises in platforms' documents: counts, and a choice among layers."""

from __future__ import annotations

from collections.abc import Sequence

from cim_bridge.readers.remote.failures import Refused

_SHOWN = 20


def number(value: object) -> int | None:
    """A count as documents write it; None for "unknown" and anything else that is no count."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def one_of(names: Sequence[str], address: str) -> str:
    """The only name; Refused with the list when there are several, or none."""
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    raise Refused("REMOTE_LAYER_CHOICE", url=address, names=shown or "—", number=len(names))
