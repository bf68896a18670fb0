"""What a request may not do, as errors with their own code."""

from __future__ import annotations

from cim_bridge.errors import TwinError


class NotSignedIn(TwinError):
    """Nobody, or a proof that does not hold."""

    code = "SIGN_IN_NEEDED"


class Forbidden(TwinError):
    """Somebody who may not; `code` says why, for machines."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class TooManyTries(TwinError):
    """Too many proofs that do not hold came from one address."""

    code = "TOO_MANY_TRIES"

    def __init__(self, seconds: int) -> None:
        """seconds: after how long another one is looked up."""
        self.seconds = seconds
        super().__init__(f"too many keys that do not hold: try again in {seconds} s")
