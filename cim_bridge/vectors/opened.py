"""A vector file as the child handed it over: columns in parts, read one at a time."""

from __future__ import annotations

import glob
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.child import generous, run_child
from cim_bridge.crs import crs_text
from cim_bridge.issues import IssueLog
from cim_bridge.spoolarrays import Arrays, holds, load_arrays, unpack, unpack_shapes

if TYPE_CHECKING:
    import pandas as pd

_MARKS = re.compile(r"[^\w ./()+=@,~-]")
"""What may mean something to GDAL in the name of a file."""
_STYLES = "layer_styles"
"""A table that QGIS keeps in a GeoPackage for itself."""
WHOLE = -1
"""Rows of a part: all of them in one."""

Part = tuple["pd.DataFrame", npt.NDArray[Any]]
"""Rows of a part and their (N,) shapes, None where a row has no geometry."""


@dataclass(frozen=True)
class Opened:
    """Parts of one layer. undeclared: the file does not say in which encoding its texts are.

    layers: names of all layers of the file.
    """

    job: Path
    names: list[str]
    crs: str | None
    count: int
    undeclared: bool
    layers: tuple[str, ...] = ()

    def parts(self) -> Iterator[Part]:
        """Every part in order; a column is of one type in all of them."""
        for number in range(self.count):
            yield self.part(number)

    def part(self, number: int) -> Part:
        """Rows and shapes of one part."""
        import pandas as pd

        arrays = self._arrays(number)
        fields = [unpack(arrays, f"field-{k}") for k in range(len(self.names))]
        shapes = unpack_shapes(arrays, "geometry") if holds(arrays, "geometry") else None
        for place in self._floats:
            fields[place] = fields[place].astype(np.float64)
        frame = pd.DataFrame(dict(zip(self.names, fields, strict=True)))
        if not fields:
            frame = frame.reindex(range(len(shapes) if shapes is not None else 0))
        return frame, np.full(len(frame), None, object) if shapes is None else shapes

    def _arrays(self, number: int) -> Arrays:
        with (self.job / f"part-{number}.arrays").open("rb") as file:
            return load_arrays(file)

    @cached_property
    def _floats(self) -> list[int]:
        """Columns that are whole numbers in some parts and, for their gaps, not in others."""
        kinds: list[set[str]] = [set() for _ in self.names]
        for number in range(self.count if self.count > 1 else 0):
            arrays = self._arrays(number)
            for place, met in enumerate(kinds):
                if f"field-{place}" in arrays:
                    met.add(arrays[f"field-{place}"].dtype.kind)
        return [place for place, met in enumerate(kinds) if "f" in met and met & {"i", "u", "b"}]


@contextmanager
def opened(
    path: Path, log: IssueLog, rows: int = WHOLE, layer: str | None = None
) -> Iterator[Opened | None]:
    """Let a child read the file in parts of so many rows; None after an Issue.

    layer: one by name; without it the first, and an Issue names the others.
    """
    with tempfile.TemporaryDirectory(prefix="cimtwin-vector-") as folder:
        job = Path(folder)
        told = {"path": str(_plain(path.resolve(), job)), "rows": rows, "layer": layer or ""}
        (job / "told.json").write_bytes(orjson.dumps(told))
        seconds, megabytes = generous(_size(path))
        ended = run_child("cim_bridge.vectors.worker", folder, seconds=seconds, megabytes=megabytes)
        if not ended.well:
            log.add(
                "CHILD_ENDED", file=path, reason=ended.reason, megabytes=megabytes,
                seconds=int(seconds),
            )  # fmt: skip
            yield None
            return
        answer = orjson.loads((job / "answer.json").read_bytes())
        if "code" in answer:
            log.add(file=path, **answer)
            yield None
            return
        layers = tuple(answer["layers"])
        others = [name for name in layers[1:] if name != _STYLES]
        if layer is None and others:
            log.add("VECTOR_OTHER_LAYERS", file=path, layer=layers[0], names="、".join(others))
        yield Opened(
            job, answer["names"], crs_text(answer["crs"]), answer["parts"], answer["undeclared"],
            layers,
        )  # fmt: skip


def _plain(path: Path, job: Path) -> Path:
    """The path, or a link to it where GDAL sees marks in its name (`;`, `?`, a line's end)."""
    if not _MARKS.search(str(path)):
        return path
    for beside in path.parent.glob(f"{glob.escape(path.stem)}.*"):
        (job / f"source{beside.suffix}").symlink_to(beside)
    return job / f"source{path.suffix}"


def _size(path: Path) -> int:
    """Bytes of the file with what lies beside it under the same name (.dbf, .shx)."""
    beside = (path.with_suffix(suffix) for suffix in (".dbf", ".shx"))
    return path.stat().st_size + sum(p.stat().st_size for p in beside if p.is_file())
