"""How reading from a platform ends early: one exception, which names an Issue code."""

from __future__ import annotations

from typing import Any

from cim_bridge.errors import TwinError


class Refused(TwinError):
    """The platform's answer, or its address, cannot be taken; `code` and `params` make an Issue."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params: dict[str, Any] = params
        told = ", ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(f"{code}: {told}")
