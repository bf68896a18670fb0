"""The server: the only package that knows HTTP and SQL, and the command line above everything."""

from pathlib import Path
from typing import TYPE_CHECKING

from cim_bridge.issues import register_codes
from cim_bridge.lazy import lazy_names

if TYPE_CHECKING:
    from twin_server.app import create_app
    from twin_server.settings import Settings

__all__ = [
    "Settings",
    "create_app",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Settings": "settings",
        "create_app": "app",
    },
)

for _file in sorted((Path(__file__).parent / "codes").glob("*.toml")):
    register_codes(_file)
