"""Where somebody may change things: within the units they were given, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from cim_bridge.levels import PARENT_LEVELS
from twin_server.identity.failures import Forbidden
from twin_server.identity.principal import Principal
from twin_server.policy import may_act
from twin_server.twin import Twin
from twin_server.workflow.machine import machines


def lies_within(twin: Twin, who: Principal, unit_id: str) -> bool:
    """Whether a unit is, or lies in, one of somebody's districts; an unknown one does not."""
    if who.everywhere:
        return True
    index = twin.units.find(unit_id)
    if index is None:
        return False
    above = {twin.units.parent(index, level) for level in PARENT_LEVELS}
    return bool(({unit_id} | above) & who.districts)


def need_within(twin: Twin, who: Principal, units: Iterable[str]) -> None:
    """Forbidden when a change concerns units outside somebody's districts, or none at all."""
    if who.everywhere:
        return
    concerned = list(units)
    if not concerned or not all(lies_within(twin, who, name) for name in concerned):
        raise Forbidden("OUTSIDE_DISTRICT", "this lies outside your districts")


def need_step(who: Principal, kind: str, action: str) -> None:
    """Forbidden for a step of a workflow that is not for somebody's roles.

    What is no step at all is left to the machine, which says what there is.
    """
    if action in machines()[kind].actions and not may_act(who.roles, kind, action):
        raise Forbidden("STEP_FORBIDDEN", f"{action} is not for your roles")


def units_of_problem(twin: Twin, name: str) -> list[str]:
    """The unit a problem is about."""
    table = twin.problems.problems
    return [str(unit) for unit in table.values("unit_id", table.where(problem_id=name))]


def units_of_project(twin: Twin, name: str) -> list[str]:
    """The units a project touches; of one without any, those of the problems it answers."""
    table = twin.problems
    for place, row in enumerate(table.project_rows):
        if row["project_id"] == name:
            named = [str(unit) for unit in row["unit_ids"]]
            problems = table.problems_of_project.get(place, [])
            return named or [u for one in problems for u in units_of_problem(twin, one)]
    return []
