"""Scenes: pictures, script pages and the sample city. Content is data; nothing here is served."""

from pathlib import Path

from cim_bridge.issues import register_codes

register_codes(Path(__file__).parent / "codes" / "scene.toml")
