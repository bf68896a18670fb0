"""One table of city.toml, read value by value; what is left over is a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Table:
    """`[name]`, empty where the file has none; ValueError and TypeError say what is wrong."""

    def __init__(self, raw: dict[str, Any], name: str, told: str = "") -> None:
        found = raw.get(name, {})
        self.name = told or name
        if not isinstance(found, dict):
            raise TypeError(f"[{self.name}] must be a table")
        self._raw = found
        self._read: set[str] = set()

    def _get(self, key: str, otherwise: Any) -> Any:
        self._read.add(key)
        return self._raw.get(key, otherwise)

    def text(self, key: str, otherwise: str = "") -> str:
        """A text."""
        value = self._get(key, otherwise)
        if not isinstance(value, str):
            raise TypeError(f"[{self.name}] {key} must be a text")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError(f"[{self.name}] {key} must be a list of texts")
        return value

    def flag(self, key: str) -> bool:
        """true or false; false where it is not said."""
        value = self._get(key, False)
        if not isinstance(value, bool):
            raise TypeError(f"[{self.name}] {key} must be true or false")
        return value

    def whole(self, key: str, otherwise: int = 0) -> int:
        """A whole number of 0 or more."""
        value = self._get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"[{self.name}] {key} must be a whole number of 0 or more")
        return value

    def number(self, key: str, otherwise: float) -> float:
        """A number above 0."""
        value = self._get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"[{self.name}] {key} must be a number above 0")
        return float(value)

    def table(self, key: str) -> Table:
        """A table inside this one."""
        self._read.add(key)
        return Table(self._raw, key, f"{self.name}.{key}")

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        value = self._get(key, [])
        if not isinstance(value, list):
            raise TypeError(f"[[{self.name}.{key}]] must be a list of tables")
        return [Table({key: item}, key, f"{self.name}.{key}") for item in value]

    def words(self) -> dict[str, str]:
        """Every entry, all of them texts."""
        self._read |= set(self._raw)
        if not all(isinstance(value, str) for value in self._raw.values()):
            raise TypeError(f"[{self.name}] holds texts only")
        return dict(self._raw)

    def nothing_else(self) -> None:
        """ValueError when something is left that nobody asked for."""
        left = sorted(set(self._raw) - self._read)
        if left:
            raise ValueError(f"[{self.name}] {left[0]}: unknown; there are {sorted(self._read)}")


def secret_of(env: Mapping[str, str], name: str) -> str:
    """A secret from its variable, or from the file that NAME_FILE names."""
    file = env.get(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else env.get(name, "")
