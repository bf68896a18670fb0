"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cim_bridge.levels import LEVELS


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

_table = click.Path(path_type=Path, exists=True, dir_okay=False)

tables_argument = click.argument("files", nargs=-1, required=True, type=_table)
"""One table or more."""

level_option = click.option(
    "--level", type=click.Choice(LEVELS), help="Level, for tables that do not say it."
)
"""`--level LEVEL` of a table."""

key_option = click.option("--key", metavar="COLUMN", help="Column that names the unit.")
"""`--key COLUMN` of a table."""

map_option = click.option(
    "--map", "mapping", type=_table,
    help="TOML file that names columns, null marks, units, and how names are matched ([match]).",
)  # fmt: skip
"""`--map FILE` of a table."""

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
