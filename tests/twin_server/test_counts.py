"""Problems are counted as they stand now, not as they were published."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from twin_server.answers.problems import problem_counts
from twin_server.coded import CodedTable
from twin_server.problems import ProblemTable

ROWS = pa.table(
    {
        "problem_id": ["a", "b", "c", "d"],
        "severity": ["low", "high", "low", "low"],
        "rule": ["R1", "R2", "R1", None],
        "state": ["candidate", None, "confirmed", "candidate"],
    }
)
NOTHING = CodedTable(pa.table({}))


def counts(states: dict[str, str], lines: list[int]) -> dict[str, dict[str, int]]:
    twin = SimpleNamespace(problems=ProblemTable(CodedTable(ROWS), NOTHING, NOTHING))
    pinned = SimpleNamespace(problem_states=states)
    return problem_counts(cast(Any, twin), cast(Any, pinned), np.array(lines, np.int64))


def test_every_kind_is_counted_and_an_unsaid_state_is_a_candidate() -> None:
    assert counts({}, [0, 1, 2, 3]) == {
        "severity": {"high": 1, "medium": 0, "low": 3},
        "rule": {"R1": 2, "R2": 1, "": 1},
        "state": {"candidate": 3, "confirmed": 1},
    }


def test_a_state_changed_since_publication_counts_as_it_is_now() -> None:
    assert counts({"a": "verified", "b": "assigned", "gone": "verified"}, [0, 1, 2])["state"] == {
        "confirmed": 1,
        "verified": 1,
        "assigned": 1,
    }
    assert counts({"a": "verified"}, [2])["state"] == {"confirmed": 1}
    assert counts({}, [])["rule"] == {}
