"""The server: the only package that knows HTTP and SQL, and the command line above everything."""

from pathlib import Path

from cim_bridge.issues import register_codes

register_codes(Path(__file__).parent / "codes" / "server.toml")
