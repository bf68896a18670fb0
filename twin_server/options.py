"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

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

sources_argument = click.argument(
    "sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
"""One file or more; wrong use when one does not exist."""
