"""Rows of the property table to the attributes that a CityGML document of the same would give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from cim_bridge.citygml import values
from cim_bridge.citygml.names import CITYGML, Name
from cim_bridge.readers.remote.citydb.classes import Names

_ADDRESS = {
    "country": "CountryName", "state": "AdministrativeAreaName", "city": "LocalityName",
    "street": "ThoroughfareName", "house_number": "ThoroughfareNumber",
    "zip_code": "PostalCodeNumber", "po_box": "PostBoxNumber", "free_text": "AddressLine",
}  # fmt: skip
"""Columns of an address → the words of its XML, in the order in which it is written."""

DEEPEST = 16
"""Levels of values within values that are followed."""

_HALF_DAY = dt.timedelta(hours=12)


class Attributes:
    """Fills the values of objects. meanings: code space → code → text."""

    def __init__(self, names: Names, meanings: dict[str, dict[str, str]]) -> None:
        self._names = names
        self._meanings = meanings

    def fill(self, rows: Iterable[Any], target: Callable[[int], values.Values]) -> None:
        """Take the rows of some features; `target` gives the values of a feature by its id."""
        rows = list(rows)
        inside: dict[int, list[Any]] = {}
        mine = {row.id for row in rows}
        for row in rows:
            if row.parent_id in mine:
                inside.setdefault(row.parent_id, []).append(row)
        for row in rows:
            if row.parent_id not in mine:
                self._take(row, target(row.feature_id), "", inside)

    def _take(
        self, row: Any, data: values.Values, path: str, inside: dict[int, list[Any]], depth: int = 0
    ) -> None:
        """Keep one property and those below it."""
        name = self._names.name(row.namespace_id, row.name or "")
        type_ = self._names.types.get(row.datatype_id or 0, "")
        below = inside.get(row.id, []) if depth < DEEPEST else []
        if type_ == "ExternalReference" or name.local == "externalReference":
            _reference(row, data)
        elif row.address is not None:
            _address(row, data)
        elif name.local == "height" and name.space.startswith(CITYGML) and below:
            _height(below, data)
        else:
            key = self._key(name, path)
            self._value(row, data, key, name, type_)
            for one in below:
                self._take(one, data, key, inside, depth + 1)

    def _key(self, name: Name, path: str) -> str:
        own = values.key_in(name, self._names.prefix(name.space))
        return f"{path}.{own}" if path else own

    def _value(self, row: Any, data: values.Values, key: str, name: Name, type_: str) -> None:
        value = _plain(row, type_, name.local)
        if value is None:
            return
        free = values.add(data, key, value)
        if row.val_codespace and isinstance(value, str):
            meaning = self._meanings.get(row.val_codespace, {}).get(value, "")
            values.explained(data, free, value, meaning, name)
        if row.val_uom:
            values.measured(data, free, str(value), row.val_uom)


def _plain(row: Any, type_: str, local: str) -> Any:
    """The value in whichever column it stands, None where there is none."""
    if row.val_int is not None:
        return bool(row.val_int) if type_ == "Boolean" else row.val_int
    if row.val_double is not None:
        finite = abs(row.val_double) < float("inf")
        return row.val_double if finite else str(row.val_double)
    if row.val_timestamp is not None:
        return moment(row.val_timestamp, day=local.startswith("dateOf"))
    if row.val_array is not None:
        items = row.val_array if isinstance(row.val_array, list) else [row.val_array]
        return " ".join(str(item) for item in items) or None
    return next((t for t in (row.val_string, row.val_uri, row.val_content) if t), None)


def moment(value: dt.datetime, *, day: bool = False) -> str:
    """A time in UTC as text; midnight is a date.

    day: the database keeps dates as midnight in the zone of whoever imported them, so the nearest
    midnight is meant: 16:00 of the day before is the date in Beijing.
    """
    if day:
        return (value + _HALF_DAY).date().isoformat()
    plain = value.time() == dt.time(0)
    return value.date().isoformat() if plain else value.isoformat()


def _reference(row: Any, data: values.Values) -> None:
    """Keep an external reference as {system: id}."""
    id_ = row.val_uri or row.val_string
    if id_:
        known = data.setdefault("external_ids", {})
        values.add(known, row.val_codespace or "reference", id_)


def _address(row: Any, data: values.Values) -> None:
    """Keep an address by its parts and as one line."""
    words: list[str] = []
    for column, part in _ADDRESS.items():
        value = getattr(row, f"address_{column}")
        for text in value if isinstance(value, list) else [value]:
            if text:
                values.add(data, f"address.{part}", str(text))
                words.append(str(text))
    if not words and row.address_content:
        words = [row.address_content]
    if words:
        values.add(data, "address", " ".join(words))


def _height(below: list[Any], data: values.Values) -> None:
    """Keep a height and what was measured; the first also is the measuredHeight."""
    parts = {row.name: row for row in below}
    value = parts.pop("value", None)
    if value is None or value.val_double is None:
        return
    key = values.add(data, "measuredHeight", value.val_double)
    for name, row in parts.items():
        if row.val_string:
            data[f"{key}.{name}"] = row.val_string
    if value.val_uom:
        values.measured(data, key, str(value.val_double), value.val_uom)
