"""Which projects to do under a budget: the most problem points solved for the money.

A mixed integer linear program (scipy.optimize.milp, HiGHS): choose projects x, a problem y counts
when a chosen project that solves it is among them. A problem that only several projects together
solve is not seen by this; the answer is checked by running the rules with all chosen ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TIME_LIMIT = 20.0
"""Seconds the solver may take; the best answer so far is given with its gap."""


@dataclass(frozen=True)
class Portfolio:
    """chosen (p,): which projects. points: solved by them. cost: of them (10k yuan).

    gap: how far the answer may be from the best, 0 proven best; None where none was found in time.
    """

    chosen: npt.NDArray[np.bool_]
    points: float
    cost: float
    gap: float | None


def choose(
    cost: Floats, points: Floats, project: Ints, problem: Ints, budget: float,
    must: npt.NDArray[np.bool_] | None = None,
) -> Portfolio:  # fmt: skip
    """Choose projects. cost (p,): NaN unknown, such a project is never chosen.

    points (q,): of each problem. project, problem: pairs "solves". must (p,): projects that are
    decided; their cost counts and they are always chosen when the budget allows it.
    """
    count, size = len(cost), len(points)
    unknown = ~np.isfinite(cost)
    price = np.where(unknown, 0.0, cost)
    fixed = np.zeros(count, bool) if must is None else must & ~unknown
    if budget < price[fixed].sum() or count == 0:
        return Portfolio(np.zeros(count, bool), 0.0, 0.0, None if count else 0.0)
    solves = csr_matrix((np.ones(len(project)), (problem, project)), shape=(size, count))
    # y - sum of x that solve it <= 0, and the money
    covered = LinearConstraint(csr_matrix(hstack([-solves, identity(size)])), -np.inf, 0.0)
    money = LinearConstraint(np.concatenate([price, np.zeros(size)])[None, :], -np.inf, budget)
    # a cheaper set of equal points is preferred: prices weigh less than the smallest point
    least = float(points[points > 0].min()) if (points > 0).any() else 1.0
    thrift = price / (price.sum() + 1.0) * least * 1e-3
    found = milp(
        np.concatenate([thrift, -points]),
        constraints=[covered, money],
        integrality=np.concatenate([np.ones(count), np.zeros(size)]),
        bounds=Bounds(
            np.concatenate([fixed.astype(float), np.zeros(size)]),
            np.concatenate([(~unknown).astype(float), np.ones(size)]),
        ),
        options={"time_limit": TIME_LIMIT},
    )
    if found.x is None:
        return Portfolio(fixed, _points(solves, points, fixed), float(price[fixed].sum()), None)
    chosen = np.asarray(found.x[:count] > 0.5, bool)
    gap = float(found.mip_gap) if found.mip_gap is not None else 0.0
    return Portfolio(chosen, _points(solves, points, chosen), float(price[chosen].sum()), gap)


def _points(solves: Any, points: Floats, chosen: npt.NDArray[np.bool_]) -> float:
    solved = np.asarray(solves @ chosen.astype(float)) > 0
    return float(points[solved].sum())
