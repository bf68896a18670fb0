"""Where a document is, assumed by the child and judged by its parent, which has PROJ loaded anyway.

The parent looks at the document's first lines and names the systems of metres in them. The child
takes such a document as it is written, x east and y north, and tells what it went by; the parent
judges that as it would have been judged at once, and has the document read again where it was not
so. A child that assumes nothing judges for itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.citygml.frame import Frame, frame_of
from cim_bridge.citygml.srs import read_srs
from cim_bridge.crs import F64, crs_text, is_geographic, read_crs
from cim_bridge.issues import IssueLog

ASSUMED = "assumed.json"
_SRS = re.compile(rb'srsName\s*=\s*["\']([^"\']{1,200})["\']')
_HEAD, _MOST = 1 << 16, 8


def metric_systems(path: Path, wanted: str | None) -> list[str]:
    """Systems of metres (or feet) that the first lines of a document name, or the one wanted."""
    asked = crs_text(wanted)
    if asked is not None:
        found = [asked]
    else:
        with path.open("rb") as file:
            names = dict.fromkeys(_SRS.findall(file.read(_HEAD)))
        told = (read_srs(name.decode("utf-8", "replace")).crs for name in [*names][:_MOST])
        found = [crs for crs in dict.fromkeys(told) if crs is not None]
    return [crs for crs in found if read_crs(crs) is not None and not is_geographic(crs)]


@dataclass
class Assuming:
    """Settles a frame without PROJ where the system is one of `metric`, and notes it in `job`."""

    metric: list[str]
    job: Path

    def __call__(
        self, names: list[str], envelope: str, wanted: str | None, points: F64, log: IssueLog,
        file: object,
    ) -> Frame:  # fmt: skip
        """See cim_bridge.citygml.frame.frame_of."""
        own = read_srs(names[0] if names else envelope).crs
        if (crs_text(wanted) or own) not in self.metric:
            return frame_of(names, envelope, wanted, points, log, file)
        told = {"names": names, "envelope": envelope, "points": points}
        (self.job / ASSUMED).write_bytes(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY))
        return Frame(own, swapped=False, scale=np.ones(3))


def holds(job: Path, wanted: str | None, log: IssueLog, file: str) -> bool:
    """Whether what a child assumed, if anything, is so; the findings of judging it go to the log.

    job: the child's folder; wanted, file: as `frame_of` takes them.
    """
    path = job / ASSUMED
    if not path.is_file():
        return True
    told: dict[str, Any] = orjson.loads(path.read_bytes())
    points = np.array(told["points"], np.float64).reshape(-1, 3)
    frame = frame_of(told["names"], told["envelope"], wanted, points, log, file)
    return not frame.swapped and bool((frame.scale == 1).all())
