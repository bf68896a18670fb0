"""`cimtwin`: one verb a file in `verbs/`, found by name and imported when it is asked for."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType

import click

from cim_bridge.errors import TwinError
from twin_server.console import EXIT_STOPPED
from twin_server.usage import chinese

VERBS: tuple[str, ...] = (
    "demo",
    "init",
    "doctor",
    "bridge",
    "attach",
    "match",
    "template",
    "load",
    "compute",
    "diagnose",
    "publish",
    "rollback",
    "releases",
    "export",
    "push",
    "check",
    "scene",
    "serve",
    "audit",
    "user",
    "backup",
    "restore",
    "database",
)
"""Every verb, in the order of the work; `verbs/<name>.py` holds its command `<name>`."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"twin_server.verbs.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cim-twin", prog_name="cimtwin")
def cimtwin() -> None:
    """CIM Twin: city checkup 城市体检 results on a CIM base model.

    \b
    From a model and tables to a clicked block:
      cimtwin init mycity --name 我的城市 --crs EPSG:4549
      cimtwin bridge buildings.city.json --city mycity
      cimtwin load values.xlsx --city mycity --source statistics --year 2025
      cimtwin publish --city mycity
      cimtwin serve --city mycity
    """


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> None:
    """Run the command line; always ends in SystemExit with the documented code."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        cimtwin.main(args=argv, prog_name="cimtwin", standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        click.echo(chinese(exc), err=True)
        sys.exit(exc.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_STOPPED)
    except TwinError as exc:
        click.echo(f"Error: {exc}", err=True)
        sys.exit(1)
    sys.exit(0)
