"""A small client of the API for notebooks and scripts; the standard library alone.

    from twin_server.client import TwinClient

    twin = TwinClient("http://127.0.0.1:8080", token="twk_…")
    twin.city()["name"]["en"]
    rows = twin.values("road_density", level="block", year=2025)

The file stands by itself: it may be copied to where CIM Twin is not installed.
"""

from __future__ import annotations

import array
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_TYPES = {"u8": "B", "u16": "H", "u32": "I", "f32": "f"}
_MOST_PAGES = 10_000
_PAGE = 1000


class TwinError(Exception):
    """The server refused or could not be reached: `status` (0: unreachable), `code`, `detail`."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class _Stay(HTTPRedirectHandler):
    """A token is for one server: no redirect is followed."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""
        return


class TwinClient:
    """One server and, where it asks for one, the key that goes with each request as a header."""

    def __init__(self, address: str, token: str = "", timeout: float = 30.0) -> None:
        """`address`: http(s)://host[:port], of which a last slash is dropped; `timeout`: seconds.

        ValueError when it is no such address.
        """
        if urlsplit(address).scheme not in ("http", "https"):
            raise ValueError(f"{address!r} is no http address")
        self.address = address.rstrip("/")
        self._token, self._timeout = token, timeout
        self._opener = build_opener(_Stay())

    # --- what there is

    def city(self) -> dict[str, Any]:
        """Name, extent (degrees), levels, years, systems, tilesets, publication, sources."""
        return self._json("/api/v1/city")

    def systems(self) -> list[dict[str, Any]]:
        """Indicator systems."""
        return list(self.each("/api/v1/systems"))

    def indicators(self, system: str) -> list[dict[str, Any]]:
        """Indicators of a system; `columns` tells the years with values by level."""
        return list(self.each("/api/v1/indicators", system=system))

    def units(self, level: str) -> list[dict[str, Any]]:
        """Units of a level: id, row, label."""
        return list(self.each("/api/v1/units", level=level, limit=_PAGE))

    def unit(
        self, unit_id: str, year: int | None = None, system: str | None = None
    ) -> dict[str, Any]:
        """The file of one unit: identity, indicators, problems, projects."""
        return self._json(f"/api/v1/units/{quote(unit_id, safe='')}", year=year, system=system)

    def problems(self, **query: Any) -> list[dict[str, Any]]:
        """Problems that fit, such as year=2025, severity="high", category=..."""
        return list(self.each("/api/v1/problems", **query))

    def projects(self, **query: Any) -> list[dict[str, Any]]:
        """Projects that fit."""
        return list(self.each("/api/v1/projects", **query))

    # --- an indicator's values

    def overlay(
        self, code: str, level: str, year: int, system: str | None = None
    ) -> dict[str, Any]:
        """Legend, counts of states, and the columns of an indicator at a level in a year."""
        path = f"/api/v1/overlays/{quote(code, safe='')}"
        wanted = system or self.city()["system"]
        return self._json(path, level=level, year=year, system=wanted)

    def column(self, column: Mapping[str, Any]) -> array.array[Any]:
        """Numbers of a column in the order of rows; ValueError when its length is another."""
        numbers: array.array[Any] = array.array(_TYPES[column["dtype"]])
        numbers.frombytes(self.get(column["url"]))
        if sys.byteorder == "big":
            numbers.byteswap()
        if len(numbers) != column["length"]:
            raise ValueError(f"{column['url']}: {len(numbers)} rows, not {column['length']}")
        return numbers

    def values(
        self, code: str, level: str, year: int, system: str | None = None
    ) -> list[dict[str, Any]]:
        """One dict a unit: id, row, value. A value that is not there is None, never 0."""
        told = self.overlay(code, level, year, system)
        found = next((item for item in told["columns"] if item["dtype"] == "f32"), None)
        if found is None:
            raise TwinError(404, "NO_VALUES", f"{code} has no exact values at {level} in {year}")
        numbers = self.column(found)
        rows = ((unit, numbers[unit["row"]]) for unit in self.units(level))
        return [
            {"id": unit["id"], "row": unit["row"], "value": value if value == value else None}
            for unit, value in rows
        ]  # fmt: skip

    def table(self, rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Any:
        """The rows as a pandas DataFrame; ImportError where pandas is not installed."""
        import pandas as pd

        return pd.DataFrame.from_records(list(rows))

    # --- how it asks

    def each(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page; TwinError when it goes round in a circle."""
        page = self._json(path, **query)
        for _ in range(_MOST_PAGES):
            yield from page["items"]
            if not page["next"]:
                return
            page = self._json(page["next"])
        raise TwinError(0, "ENDLESS", f"{path}: the list does not end")

    def _json(self, path: str, **query: Any) -> dict[str, Any]:
        told = {name: value for name, value in query.items() if value is not None}
        found: dict[str, Any] = json.loads(self.get(path + (f"?{urlencode(told)}" if told else "")))
        return found

    def get(self, path: str) -> bytes:
        """Bytes of a path of this server; ValueError for an address of another one."""
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"{path!r} is no path of {self.address}")
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        request = Request(self.address + path, headers=headers)  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                body: bytes = answer.read()
                return body
        except HTTPError as exc:
            raise _refused(exc) from exc
        except (URLError, OSError) as exc:
            raise TwinError(0, "OFFLINE", str(exc)) from exc


def _refused(exc: HTTPError) -> TwinError:
    try:
        told = json.loads(exc.read())
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    return TwinError(exc.code, str(told.get("code", "")), str(told.get("detail", exc.reason)))
