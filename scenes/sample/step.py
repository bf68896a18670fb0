"""A STEP file (ISO 10303-21) as text: instances numbered in the order they are first needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

GUID = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
STAMP = "2026-01-01T00:00:00"  # of every file: the same city gives the same bytes


class Step:
    """Collects instances; equal ones are written once, so shapes are shared where they repeat."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def add(self, name: str, *arguments: str) -> str:
        """``#n`` of the instance ``NAME(arguments)``; arguments are STEP text already."""
        line = f"{name.upper()}({','.join(arguments)})"
        return self._numbers.setdefault(line, f"#{len(self._numbers) + 1}")

    def text(self, description: str, file: str, schema: str) -> str:
        """The whole file; its header says what ``description`` says."""
        told, owner = string(description), string("CIM Twin")
        lines = [
            "ISO-10303-21;",
            "HEADER;",
            f"FILE_DESCRIPTION(({told}),'2;1');",
            f"FILE_NAME({string(file)},'{STAMP}',({owner}),({told}),'',{owner},'CC0-1.0');",
            f"FILE_SCHEMA(({string(schema)}));",
            "ENDSEC;",
            "DATA;",
            *(f"{number}={line};" for line, number in self._numbers.items()),
            "ENDSEC;",
            "END-ISO-10303-21;",
        ]
        return "\n".join(lines) + "\n"


def string(text: str) -> str:
    """A quoted string; what is not ASCII goes in the form \\X2\\ that every reader knows."""
    out, wide = "", ""
    for letter in f"{text}\0":
        if letter > "~":
            wide += letter.encode("utf-16-be").hex().upper()
            continue
        if wide:
            out, wide = f"{out}\\X2\\{wide}\\X0\\", ""
        out += {"'": "''", "\\": "\\\\", "\0": ""}.get(letter, letter)
    return f"'{out}'"


def real(value: float) -> str:
    """A number with its point, to the micrometre, never ``-0.``."""
    text = f"{round(value, 6) + 0.0:.6f}".rstrip("0")
    return "0." if text in ("-0.", "0.") else text


def reals(values: Iterable[float]) -> str:
    """A list of numbers."""
    return f"({','.join(real(value) for value in values)})"


def refs(numbers: Iterable[str]) -> str:
    """A list of instances."""
    return f"({','.join(numbers)})"


def guid(text: str) -> str:
    """A GlobalId that depends on ``text`` alone: 128 bits as 22 letters, quoted."""
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return "'" + "".join(GUID[bits >> shift & 63] for shift in range(126, -1, -6)) + "'"
