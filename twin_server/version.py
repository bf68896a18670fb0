"""The version of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str:
    """Version of cim-twin; "0" in a checkout that was never installed."""
    try:
        return installed("cim-twin")
    except PackageNotFoundError:
        return "0"
