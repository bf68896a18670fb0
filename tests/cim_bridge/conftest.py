"""Vector files are written by the tests with the same few drivers that the reader registers."""

from __future__ import annotations

from cim_bridge.readers.vector import load_pyogrio

load_pyogrio()
