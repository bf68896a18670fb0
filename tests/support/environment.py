"""The environment this process was started with: programs of others get it, not our own limits.

Some of the bridge's modules shut GDAL's doors by environment variables when they are imported.
"""

from __future__ import annotations

import os

AS_STARTED = dict(os.environ)
"""Names and values as they were when the tests' first conftest was read."""
