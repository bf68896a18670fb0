"""The review list: doubtful and unmatched features for a person, and the decisions that come back.

A decision stands in the column `decision`: a unit's id, or `none` for a feature that is no unit.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.binding.match import MATCHED, Matches
from cim_bridge.binding.targets import Targets
from cim_bridge.issues import IssueLog

COLUMNS = ("content_uri", "feature_id", "feature", "state", "score", "candidates", "decision")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Decision:
    """What a person decided about one feature."""

    content_uri: str
    feature_id: int
    feature: str
    unit: str


def review_csv(
    matches: Matches, targets: Targets, uris: npt.NDArray[Any], fid: npt.NDArray[Any],
    names: npt.NDArray[Any],
) -> bytes:  # fmt: skip
    """CSV (UTF-8 with mark, so that spreadsheets show Chinese) of what is not matched."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in np.flatnonzero(matches.state != MATCHED).tolist():
        told = [str(targets.ids[n]) for n in matches.candidates.get(row, ())]
        decision = "none" if matches.how[row] == "review" else ""
        cells = (uris[row], int(fid[row]), names[row], matches.state[row],
                 f"{matches.score[row]:.3f}", " ".join(told), decision)  # fmt: skip
        writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _safe(cell: Any) -> Any:
    """Text that a spreadsheet would run is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def read_decisions(path: Path, log: IssueLog) -> list[Decision]:
    """Decisions of a review file; rows without one are passed over."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_bytes().decode("gb18030", "replace")
    rows = csv.DictReader(io.StringIO(text))
    if not {"content_uri", "feature_id", "decision"} <= set(rows.fieldnames or ()):
        log.add("BINDING_REVIEW_COLUMNS", file=path, columns=", ".join(COLUMNS))
        return []
    found: list[Decision] = []
    for number, row in enumerate(rows, 2):
        unit = (row.get("decision") or "").strip()
        if not unit:
            continue
        try:
            fid = int(str(row["feature_id"]).lstrip("'"))
        except ValueError:
            log.add("BINDING_REVIEW_ROW", file=path, row=number, cell="feature_id")
            continue
        uri, name = row["content_uri"] or "", (row.get("feature") or "").lstrip("'")
        found.append(Decision(uri, fid, name, unit))
    return found


def decisions_csv(decisions: list[Decision]) -> bytes:
    """The decisions in force, in the same columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in decisions:
        cells = (item.content_uri, item.feature_id, item.feature, "", "", "", item.unit)
        writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def merged(kept: list[Decision], new: list[Decision]) -> list[Decision]:
    """Earlier decisions, each replaced by a newer one about the same feature."""
    table = {(item.content_uri, item.feature_id): item for item in (*kept, *new)}
    return [table[key] for key in sorted(table)]


def applied(
    decisions: list[Decision], uris: npt.NDArray[Any], fid: npt.NDArray[Any],
    names: npt.NDArray[Any],
) -> dict[int, str]:  # fmt: skip
    """Feature number → decision: by the feature's own name, else by content and number."""
    by_name: dict[str, list[int]] = {}
    for row, name in enumerate(names.tolist()):
        by_name.setdefault(str(name), []).append(row)
    places = {
        (uri, int(number)): row
        for row, (uri, number) in enumerate(zip(uris.tolist(), fid.tolist(), strict=True))
    }
    found: dict[int, str] = {}
    for item in decisions:
        rows = by_name.get(item.feature, []) if item.feature else []
        at = places.get((item.content_uri, item.feature_id))
        for row in rows or ([at] if at is not None else []):
            found[row] = item.unit
    return found
