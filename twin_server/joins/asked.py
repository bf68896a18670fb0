"""What a form asks to be joined: its fields, each known and of its kind, its files bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from cim_bridge.errors import WrongUse
from twin_server.joins.documents import CSV, DIRECT, GEO, STORED
from twin_server.joins.table import Csv, Table, delimiter, read_csv, read_geojson
from twin_server.workflow.desk import ActionRefused

MOST_BYTES = 64 * 2**20
"""Bytes of the largest form."""

_RIGHT = ("right-dataset-format", "right-dataset-file", "right-dataset-url", "right-dataset-key",
          "right-dataset-data-value-list", "csv-file-delimiter", "csv-file-header-row-number",
          "csv-file-data-start-row-number")  # fmt: skip
CREATE = ("collection-id", "collection-key", *_RIGHT, "output-formats", "include-join-metadata")
"""Fields of POST /joins."""
FILES = ("left-dataset-format", "left-dataset-file", "left-dataset-url", "left-dataset-key",
         *_RIGHT)  # fmt: skip
"""Fields of POST /filejoin."""


@dataclass(frozen=True)
class File:
    """A file that was sent: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """The fields of a form; each was sent once."""

    texts: dict[str, str]
    files: dict[str, File]

    def text(self, name: str) -> str:
        """A field that must be there; WrongUse else."""
        found = self.texts.get(name, "").strip()
        if not found:
            raise WrongUse(f"{name} is missing")
        return found

    def file(self, name: str) -> File:
        """A file that must have been sent; an address instead is refused."""
        address = name.replace("-file", "-url")
        if address in self.texts:
            raise WrongUse(f"{address}: this server fetches nothing; send the file as {name}")
        if name not in self.files:
            raise WrongUse(f"{name} is missing: send it as a file of the form")
        return self.files[name]

    def format(self, name: str, allowed: tuple[str, ...]) -> str:
        """The last word of a format's name: csv, geojson, geojson-direct."""
        written = self.text(name)
        word = written.removeprefix("http://www.opengis.net/spec/ogcapi-joins-1/1.0/conf/")
        for lead in ("input-", "output-", "input/", "output/"):
            word = word.removeprefix(lead)
        if word not in allowed:
            raise WrongUse(
                f"{name} {written[:100]!r} is not offered; offered: {', '.join(allowed)}"
            )
        return word

    def number(self, name: str, usual: int) -> int:
        """A whole number from 1."""
        written = self.texts.get(name, "").strip() or str(usual)
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 7 else 0
        if number < 1:
            raise WrongUse(f"{name} {written[:20]!r} is not a whole number from 1")
        return number


async def read_form(request: Request, allowed: tuple[str, ...]) -> Form:
    """Read a multipart form; WrongUse for an unknown or repeated field, ActionRefused: its size."""
    size = request.headers.get("content-length", "")
    if not size.isdigit() or int(size) > MOST_BYTES:
        raise ActionRefused("FILE_SIZE", f"a form of at most {MOST_BYTES:,} bytes, its length said")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise ActionRefused("FORM_KIND", "send multipart/form-data")
    texts: dict[str, str] = {}
    files: dict[str, File] = {}
    async with request.form(max_files=2, max_fields=20) as sent:
        for name, value in sent.multi_items():
            if name not in allowed:
                raise WrongUse(f"unknown field {name[:60]!r}; known: {', '.join(allowed)}")
            if name in texts or name in files:
                raise WrongUse(f"{name} is given twice")
            if isinstance(value, UploadFile):
                files[name] = File((value.filename or "table")[:200], await value.read())
            else:
                texts[name] = value
    misplaced = [name for name in texts if name.endswith("-file")]
    misplaced += [name for name in files if not name.endswith("-file")]
    if misplaced:
        raise WrongUse(f"{misplaced[0]} is a {'field' if misplaced[0] in files else 'file'}")
    return Form(texts, files)


def read_right(form: Form) -> Table:
    """The table that a form sends."""
    kind = form.format("right-dataset-format", (CSV, GEO))
    file = form.file("right-dataset-file")
    key = form.text("right-dataset-key")
    listed = form.texts.get("right-dataset-data-value-list", "")
    wanted = [one.strip() for one in listed.split(",") if one.strip()]
    if kind == GEO:
        return read_geojson(file.data, file.name, key, wanted)
    header = form.number("csv-file-header-row-number", 1)
    first = form.number("csv-file-data-start-row-number", header + 1)
    if first <= header:
        raise WrongUse("csv-file-data-start-row-number: values begin below the header")
    how = Csv(delimiter(form.texts.get("csv-file-delimiter") or ","), header, first)
    return read_csv(file.data, file.name, how, key, wanted)


def read_output(form: Form) -> tuple[bool, bool]:
    """Whether the joined features are wanted at once, and whether the keys are to be told."""
    direct = "output-formats" in form.texts and (
        form.format("output-formats", (STORED, DIRECT)) == DIRECT
    )
    told: Any = form.texts.get("include-join-metadata", "false").strip().lower()
    if told not in ("true", "false"):
        raise WrongUse("include-join-metadata is neither true nor false")
    return direct, told == "true"
