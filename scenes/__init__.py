"""Scenes: pictures, script pages and the sample city. Content is data; nothing here is served."""

from pathlib import Path
from typing import TYPE_CHECKING

from cim_bridge.issues import register_codes
from cim_bridge.lazy import lazy_names

if TYPE_CHECKING:
    from scenes.sample import SampleReport, Step, make_sample, steps

__all__ = [
    "SampleReport",
    "Step",
    "make_sample",
    "steps",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "SampleReport": "sample",
        "Step": "sample",
        "make_sample": "sample",
        "steps": "sample",
    },
)

register_codes(Path(__file__).parent / "codes" / "scene.toml")
