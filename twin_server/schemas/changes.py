"""Shape of what a publication changed in the model."""

from __future__ import annotations

from pydantic import Field

from twin_server.schemas.common import Shape


class ChangeTotals(Shape):
    """Units of each kind of change; a unit may be moved and changed at once."""

    added: int
    removed: int
    moved: int
    changed: int


class ChangeCounts(ChangeTotals):
    """The same of one level, and the units that stayed as they were."""

    unchanged: int


class ChangedIds(Shape):
    """Ids of each kind, at most a thousand; absent where there are none."""

    added: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)
    moved: list[str] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)


class ReleaseChanges(Shape):
    """What a publication changed since the one before it.

    previous: id of that publication. `from` and `to` are digests of models; `from` is null for the
    first publication, which changed nothing. fields: what was changed, in how many units. figures:
    whether the indicators' results are others.
    """

    publication: str
    previous: str | None
    figures: bool
    old: str | None = Field(alias="from")
    new: str = Field(alias="to")
    total: ChangeTotals
    levels: dict[str, ChangeCounts]
    fields: dict[str, int]
    ids: dict[str, ChangedIds]
