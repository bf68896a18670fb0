"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class SourceName(click.Path):
    """A file or folder that exists, or an address (a text with `://`), which stays a text."""

    def __init__(self) -> None:
        super().__init__(exists=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Wrong use when it is neither."""
        if isinstance(value, str) and "://" in value:
            return value
        return super().convert(value, param, ctx)


city_option = click.option(
    "--city",
    "city",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="City folder made by `cimtwin init`.",
)
"""`--city DIR`, the folder every verb after `init` works on."""

year_option = click.option("--year", required=True, type=int, help="Checkup year, such as 2025.")
"""`--year Y`."""

sources_argument = click.argument("sources", nargs=-1, required=True, type=SourceName())
"""One file or more, or an address; wrong use when a file does not exist."""

allow_option = click.option(
    "--allow-host",
    "allow",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A host that may be asked, beside those of [remote] allow in city.toml.",
)
"""`--allow-host HOST`, for a source that is an address."""
