"""Which hosts may be asked: an exact list, checked by name, and by address at every connection.

`host` stands for its usual ports (80, 443, a database's 5432), `host:port` for that port alone. A
name on the list may lead to public addresses only; one that leads into a private network is listed
under `allow_private`, or the address itself is listed. Addresses of the machine's own link (where
clouds keep their credentials) are asked only when the list names that very address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from cim_bridge.readers.remote.failures import Refused

_PORTS = {"http": 80, "https": 443}
_USUAL = frozenset({*_PORTS.values(), 5432})
_NEVER = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds answer their own machines, beside the link-local 169.254.169.254."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Entry = tuple[str, int | None]


@dataclass(frozen=True)
class Target:
    """A checked address: scheme, host in lower case and ASCII, port."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """`host:port`, as the list writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Hosts:
    """The list of one city, and what was named on the command line."""

    public: frozenset[Entry] = frozenset()
    private: frozenset[Entry] = frozenset()

    @classmethod
    def of(cls, public: Iterable[str] = (), private: Iterable[str] = ()) -> Hosts:
        """Read entries `host` and `host:port`; ValueError for anything else."""
        return cls(frozenset(map(_entry, public)), frozenset(map(_entry, private)))

    def joined(self, other: Hosts) -> Hosts:
        """Both lists together."""
        return Hosts(self.public | other.public, self.private | other.private)

    def check(self, url: str) -> Target:
        """The target of a URL whose host is listed; else Refused."""
        target = target_of(url)
        if not self._listed(target, self.public | self.private):
            raise Refused("REMOTE_HOST_NOT_ALLOWED", host=target.name)
        return target

    def lists(self, host: str, port: int) -> bool:
        """Whether a host is listed, for what speaks no HTTP."""
        return self._listed(Target("", _host(host), port), self.public | self.private)

    def names(self, url: str) -> bool:
        """Whether the host of a URL is on the list."""
        try:
            self.check(url)
        except Refused:
            return False
        return True

    def check_address(self, host: str, port: int, address: str) -> None:
        """Refuse to connect to where a listed name leads when that is no public place."""
        found = _address(address)
        if found is None:
            raise Refused("REMOTE_ADDRESS_REFUSED", host=f"{host}:{port}", address=address)
        if _address(host) == found:
            return  # the list names this very address
        inner = _inner(found)
        forbidden = any(
            one.is_link_local or one.is_multicast or one.is_unspecified or one in _NEVER
            for one in inner
        )
        inside = any(not one.is_global for one in inner)
        target = Target("", host, port)
        local = host == "localhost" and all(one.is_loopback for one in inner)
        meant = local or self._listed(target, self.private)
        if forbidden or (inside and not meant):
            raise Refused("REMOTE_ADDRESS_REFUSED", host=target.name, address=address)

    @staticmethod
    def _listed(target: Target, entries: frozenset[Entry]) -> bool:
        usual = target.port in _USUAL
        return (target.host, target.port) in entries or (usual and (target.host, None) in entries)


def target_of(url: str) -> Target:
    """Scheme, host and port of a web address without credentials; else Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("REMOTE_ADDRESS_INVALID", reason=str(exc)) from exc
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Refused("REMOTE_ADDRESS_INVALID", reason=_what(parts))
    if parts.username is not None or parts.password is not None:
        raise Refused("REMOTE_SECRET_IN_ADDRESS", what="user:password@")
    host = _host(parts.hostname)
    return Target(parts.scheme, host, port if port is not None else _PORTS[parts.scheme])


def _what(parts: SplitResult) -> str:
    return f"{parts.scheme or '—'}://{parts.hostname or ''}"[:80]


def _host(text: str) -> str:
    """A host in one spelling; Refused when it is none."""
    plain = text.lower().rstrip(".")
    try:
        ascii_ = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise Refused("REMOTE_ADDRESS_INVALID", reason=f"host {text[:80]!r}") from exc
    address = _address(ascii_)
    if address is not None:
        return str(address)
    if not ascii_ or not all(c.isalnum() or c in "-._" for c in ascii_):
        raise Refused("REMOTE_ADDRESS_INVALID", reason=f"host {text[:80]!r}")
    return ascii_


def _entry(text: str) -> Entry:
    """(host, port or None) of one line of the list."""
    try:
        parts = urlsplit(f"//{text.strip()}")
        port = parts.port
        plain = not (parts.path or parts.query or parts.fragment or parts.username)
        if parts.hostname and plain:
            return _host(parts.hostname), port
    except (ValueError, Refused) as exc:
        raise ValueError(f"{text!r} is no host or host:port") from exc
    raise ValueError(f"{text!r} is no host or host:port")


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _inner(address: Address) -> list[Address]:
    """The address and the IPv4 one that it stands for (mapped, 6to4, Teredo, NAT64)."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        held = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            held.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        mapped = address.ipv4_mapped
        found = [] if mapped is not None else found
        found += [one for one in held if one is not None]
    return found
