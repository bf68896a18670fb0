"""The bridge: CIM base models in, one city model, its units and its tiles out.

It serves nothing, stores nothing in SQL and knows no indicators.
"""

from typing import TYPE_CHECKING

from cim_bridge.lazy import lazy_names

if TYPE_CHECKING:
    from cim_bridge.build import bridge
    from cim_bridge.check import check_city, check_tileset
    from cim_bridge.errors import InputRefused, NotFound, TwinError, WrongUse
    from cim_bridge.folder import CityFolder
    from cim_bridge.issues import Issue, IssueLog
    from cim_bridge.release import ModelRelease, open_model

__all__ = [
    "CityFolder",
    "InputRefused",
    "Issue",
    "IssueLog",
    "ModelRelease",
    "NotFound",
    "TwinError",
    "WrongUse",
    "bridge",
    "check_city",
    "check_tileset",
    "open_model",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CityFolder": "folder",
        "InputRefused": "errors",
        "Issue": "issues",
        "IssueLog": "issues",
        "ModelRelease": "release",
        "NotFound": "errors",
        "TwinError": "errors",
        "WrongUse": "errors",
        "bridge": "build",
        "check_city": "check",
        "check_tileset": "check",
        "open_model": "release",
    },
)
