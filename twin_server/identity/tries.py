"""How often somebody may show a proof that does not hold: then they wait, and nobody looks it up.

Keys cannot be guessed (256 bits); the limit keeps guessing from being work for the server. Proofs
that held once are always looked up: whoever guesses locks nobody out who is at work.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from twin_server.identity.failures import TooManyTries

MOST = 20
"""Wrong proofs one address may show at once."""
EVERY_SECONDS = 3.0
"""After so long it may show one more."""
_ADDRESSES = 4096
_HELD = 4096
_NET = 64
"""Bits of an IPv6 address that one household or office has."""


class Tries:
    """Wrong proofs by address, in one process; bounded: the address seen longest ago is let go."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._held: OrderedDict[bytes, None] = OrderedDict()

    def may(self, proof: str, address: str) -> None:
        """TooManyTries where this proof is not looked up now."""
        level = self._level(address)
        if level + 1 > MOST and _hash(proof) not in self._held:
            raise TooManyTries(math.ceil((level + 1 - MOST) * EVERY_SECONDS))

    def held(self, proof: str) -> None:
        """Remember a proof that held."""
        self._held[key := _hash(proof)] = None
        self._held.move_to_end(key)
        if len(self._held) > _HELD:
            self._held.popitem(last=False)

    def wrong(self, proof: str, address: str) -> None:
        """Count a proof that did not hold."""
        self._held.pop(_hash(proof), None)
        self._wrong[address] = self._level(address) + 1, self._clock()
        self._wrong.move_to_end(address)
        if len(self._wrong) > _ADDRESSES:
            self._wrong.popitem(last=False)

    def _level(self, address: str) -> float:
        count, when = self._wrong.get(address, (0.0, 0.0))
        return max(0.0, count - (self._clock() - when) / EVERY_SECONDS)


def asker(headers: Mapping[str, str], peer: str) -> str:
    """The address that tries are counted by: an IPv4 address or an IPv6 network.

    A proxy on this machine names whom it speaks for in X-Real-IP; from anybody else that header is
    not read. It decides nothing but whose tries are counted.
    """
    here = _address(peer)
    if here is None:
        return peer[:64]
    told = _address(headers.get("x-real-ip", "").strip()) if here.is_loopback else None
    found = told or here
    if found.version == 6:
        return str(ipaddress.ip_network((found, _NET), strict=False))
    return str(found)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _hash(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("utf-8", "surrogatepass")).digest()
