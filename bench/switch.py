"""Switching an indicator on a million rows: bytes on the wire and the client's CPU."""

from __future__ import annotations

import json
import shutil
import statistics
from pathlib import Path
from typing import Any

import brotli
import numpy as np

from bench.measure import ChildFailed, run

ROWS = 1_000_000
BLOCKS = 2_627
GOAL_BYTES = 0.85e6
GOAL_MS = 20.0
HERE = Path(__file__).resolve().parent


def measure(work: Path) -> dict[str, Any]:
    """Bytes of a column with 250 levels, of five classes and of a JSON map; CPU in Node.

    A smooth field over the city with noise of 6 %; rows follow each other along a Morton curve,
    as neighbours do in most registers. `by_street` are the same rows street by street.
    """
    rng = np.random.default_rng(11)
    side = int(np.sqrt(ROWS))
    y, x = np.divmod(np.arange(ROWS), side)
    order = np.argsort(_morton(x, y))
    y, x = y[order], x[order]
    field = np.sin(x / 170.0) + np.cos(y / 230.0) + np.sin((x + y) / 400.0)
    value = (field - field.min()) / np.ptp(field) * 100.0 + rng.normal(0, 6.0, ROWS)
    smooth = np.clip(value * 2.5, 0, 249).astype(np.uint8)
    classes = np.digitize(value, [20, 40, 60, 80]).astype(np.uint8)
    parents = (y // 20 * 50 + x // 20).astype("<u4") % BLOCKS
    ids = [f"11010{k:013d}" for k in range(ROWS)]
    body = json.dumps(
        dict(zip(ids, np.round(value, 1).tolist(), strict=True)), separators=(",", ":")
    )
    files = {
        "smooth.u8": smooth.tobytes(), "by_street.u8": smooth[np.argsort(order)].tobytes(),
        "classes.u8": classes.tobytes(),
        "blocks.u8": smooth[:BLOCKS].tobytes(), "parents.u32": parents.tobytes(),
        "values.json": body.encode(), "ids.json": json.dumps(ids).encode(),
    }  # fmt: skip
    for name, data in files.items():
        (work / name).write_bytes(data)
    packed = ("smooth.u8", "by_street.u8", "classes.u8", "blocks.u8", "values.json")
    sizes = {name: len(brotli.compress(files[name], quality=5)) for name in packed}
    return {
        "rows": ROWS, "bytes": sizes, "goal_bytes": GOAL_BYTES, "goal_ms": GOAL_MS,
        "client": _client(work),
    }  # fmt: skip


def _morton(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    code = np.zeros(len(x), np.int64)
    for bit in range(11):
        code |= (x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1
    return code


def _client(work: Path) -> dict[str, Any]:
    node, viewer = shutil.which("node"), HERE.parent / "viewer"
    if node is None or not (viewer / "node_modules" / "typescript").is_dir():
        return {"absent": "needs node and viewer/node_modules"}
    try:
        done = run([node, str(HERE / "switch.mjs"), str(work), str(viewer)])
    except ChildFailed as exc:
        return {"absent": str(exc)[-300:]}
    rounds: dict[str, list[float]] = json.loads(done.output.splitlines()[-1])
    ratio = [u / o for u, o in zip(rounds["usual"], rounds["own"], strict=True)]
    return {
        "own_ms": statistics.median(rounds["own"]),
        "through_blocks_ms": statistics.median(rounds["viaBlocks"]),
        "usual_ms": statistics.median(rounds["usual"]),
        "ratio": statistics.median(ratio),
    }
