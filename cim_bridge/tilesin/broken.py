"""What a reader of foreign bytes raises; the border turns it into an Issue."""

from __future__ import annotations

import struct

from cim_bridge.check.glb import BrokenGlb


class Broken(ValueError):
    """Bytes or JSON that contradict themselves."""


class Unreadable(ValueError):
    """A format or an extension that this machine cannot decode; the text says what is needed."""


FAULTS: tuple[type[Exception], ...] = (
    BrokenGlb, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError,
    ZeroDivisionError, RecursionError, MemoryError, struct.error,
)  # fmt: skip
"""Every way in which lying JSON can break arithmetic on it: caught once, at a content's border."""


def reason(exc: BaseException) -> str:
    """One short line for an Issue."""
    text = str(exc).replace("\n", " ")[:200]
    return text if isinstance(exc, ValueError) and text else f"{type(exc).__name__}: {text}"
