"""Copies of the sample city for tests that write into it; the city itself is everybody's."""

from __future__ import annotations

import shutil
from pathlib import Path

from twin_server.demo import Demo


def copy_of(demo: Demo, folder: Path) -> Demo:
    """The sample city again, in a folder of its own and without scenes of its own."""
    shutil.copytree(demo.city, folder / "city")
    for file in (folder / "city" / "scenes").glob("*.json"):
        file.unlink()
    return Demo(folder, buildings=demo.buildings)
