"""Tables of things (problems, projects, links, answers): text columns with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from cim_bridge.sheets import Sheet, column_letter, normal, read_sheets
from indicator_overlays.aliases import find_columns, known_words
from indicator_overlays.cells import NOT_A_NUMBER, NOT_FINITE, read_numbers
from indicator_overlays.delivery import Delivery
from indicator_overlays.findings import Finder
from indicator_overlays.matchcolumns import (
    match_frame,
    match_positions,
    match_titles,
    with_key,
)

_SPLIT = r"\s*[;；、,，|\n]\s*"


@dataclass(frozen=True)
class Records:
    """Rows of one sheet as text; a column that the table lacks is ""."""

    frame: pd.DataFrame
    letters: dict[str, str]
    finder: Finder
    sheet: Sheet
    columns: dict[str, int]

    def number(self, name: str, delivery: Delivery) -> pd.Series[float]:
        """Read a column as numbers (NaN where empty); faults go to the log."""
        cells, letter = self.frame[name], self.letters.get(name, "")
        read = read_numbers(cells, delivery.mapping.nulls)
        self.finder.report("VALUE_NOT_A_NUMBER", read.outcome == NOT_A_NUMBER, letter, text=cells)
        self.finder.report("VALUE_NOT_FINITE", read.outcome == NOT_FINITE, letter, text=cells)
        return pd.Series(read.value, dtype="float64")

    def word(self, name: str, words: dict[str, str], code: str, usual: str) -> pd.Series[str]:
        """Read a column of known words (codes or Chinese); an unknown one is an Issue."""
        plain = self.frame[name].map(normal)
        table = {normal(key): value for key, value in words.items()}
        table |= {normal(value): value for value in words.values()}
        read = plain.map(table).astype("object")
        known = ", ".join(dict.fromkeys(words.values()))
        bad = (plain != "").to_numpy(bool) & read.isna().to_numpy(bool)
        letter = self.letters.get(name, "")
        self.finder.report(code, bad, letter, value=self.frame[name], known=known)
        return read.where(plain != "", usual).fillna("").astype("str")

    def places(self) -> pd.Series[str]:
        """Where each row stands: `file!sheet!row 7`."""
        sheet = f"{self.sheet.file}!" + (f"{self.sheet.name}!" if self.sheet.name else "")
        return sheet + "row " + pd.Series(self.sheet.rows).astype("str")

    def unique(self, name: str) -> None:
        """Tell ids that appear twice."""
        ids = self.frame[name]
        bad = ids.duplicated().to_numpy(bool) & (ids != "").to_numpy(bool)
        self.finder.report("DUPLICATE_ID", bad, self.letters.get(name, ""), value=ids)

    def required(self, name: str) -> None:
        """Tell rows without something they need."""
        bad = (self.frame[name] == "").to_numpy(bool)
        self.finder.report("FIELD_EMPTY", bad, self.letters.get(name, ""), column=name)


def read_records(
    delivery: Delivery,
    aliases: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
    id_column: str,
) -> Iterator[Records]:
    """Read every sheet that has the required columns; Issues for one that lacks some."""
    more = (delivery.key, delivery.mapping.key, *match_titles(delivery.mapping))
    words = known_words(aliases, delivery.mapping, more)
    key = delivery.key or delivery.mapping.key
    for file in delivery.files:
        for sheet in read_sheets(
            file, delivery.mapping, lambda cell: normal(cell) in words, delivery.log
        ):
            columns = find_columns(sheet.titles, aliases, delivery.mapping, key)
            if "unit_id" in aliases:
                columns = with_key(columns, match_positions(sheet, delivery.mapping))
            lacking = [name for name in required if name not in columns]
            if lacking and len(lacking) == len(required):
                delivery.log.add(
                    "SHEET_IGNORED", file=sheet.file, layer=sheet.name, sheet=sheet.name or "1"
                )
                continue
            if lacking:
                delivery.log.add(
                    "HEADER_MISSING",
                    file=sheet.file,
                    layer=sheet.name,
                    column=", ".join(lacking),
                    found="、".join(filter(None, sheet.titles[:12])),
                )
                continue
            yield _records(sheet, columns, aliases, delivery, id_column)
    if not delivery.files:
        delivery.log.add("EMPTY_FILE")


def _records(
    sheet: Sheet,
    columns: dict[str, int],
    aliases: dict[str, tuple[str, ...]],
    delivery: Delivery,
    id_column: str,
) -> Records:
    empty = pd.Series("", index=sheet.frame.index, dtype="str")
    frame = pd.DataFrame(
        {name: sheet.frame.iloc[:, columns[name]] if name in columns else empty for name in aliases}
        | match_frame(sheet, delivery.mapping, delivery.log)
    )
    places = pd.DataFrame({"file": sheet.file, "sheet": sheet.name, "row": sheet.rows})
    finder = Finder(delivery.log, places, frame[id_column])
    letters = {name: column_letter(at) for name, at in columns.items()}
    return Records(frame, letters, finder, sheet, columns)


def split_words(cells: pd.Series[str]) -> pd.Series[str]:
    """One row a word of lists such as `a；b,c`; the index says which row it came from."""
    words = cells.str.split(_SPLIT, regex=True).explode()
    return words[words.fillna("").str.strip() != ""].str.strip().astype("str")


def json_lists(words: pd.Series[str], size: int) -> list[str]:
    """JSON lists again, one a row of the original table."""
    grouped = words.groupby(level=0, sort=False).agg(list)
    filled = grouped.reindex(range(size))
    return [_json(item) if isinstance(item, list) else "[]" for item in filled]


def as_json_list(text: str) -> str:
    """Evidence as people write it: JSON stays, anything else becomes a list of one text."""
    if not text:
        return "[]"
    if text.startswith("["):
        try:
            return _json(orjson.loads(text))
        except orjson.JSONDecodeError:
            return _json([text])
    return _json([text])


def short_id(*parts: str) -> str:
    """Stable id of 12 hex digits from what a thing says."""
    import hashlib

    return hashlib.sha1("|".join(parts).encode(), usedforsecurity=False).hexdigest()[:12]


def finish(frames: list[pd.DataFrame], schema: pa.Schema) -> pa.Table:
    """Typed tables of all sheets → one Arrow table of a schema."""
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=schema.names)
    table = pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
    return table.replace_schema_metadata(None)


def whole(text: str) -> str:
    """Code-like text without spaces, upper case: rule codes."""
    return re.sub(r"\s+", "", text).upper()


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def duplicates_across(frames: list[pd.DataFrame], name: str, delivery: Delivery) -> None:
    """Tell an id that two sheets or files of one delivery both hold."""
    if len(frames) < 2:
        return
    ids = pd.concat([frame[name] for frame in frames], ignore_index=True)
    places = pd.concat([frame["place"] for frame in frames], ignore_index=True)
    for position in np.flatnonzero(ids.duplicated().to_numpy(bool) & (ids != "").to_numpy(bool))[
        :20
    ]:
        delivery.log.add(
            "DUPLICATE_ID",
            file=str(places.iloc[position]),
            id=ids.iloc[position],
            value=ids.iloc[position],
        )
