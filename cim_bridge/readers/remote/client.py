"""Asks a platform, within limits: every hop checked, every body laid into a file and counted."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import orjson

from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import Hosts, Target
from cim_bridge.readers.remote.settings import Limits, Token
from cim_bridge.readers.remote.wire import BROKEN, Head, Resolve, Wire, system_addresses

_AGENT = "cim-twin (city checkup digital twin)"
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_AGAIN = frozenset((429, 500, 502, 503, 504))
_NO = frozenset((401, 403, 407))
_MOST_WAIT = 30.0
_MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


class _TryAgain(Exception):
    """One try failed in a way that may pass."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        self.reason = reason
        self.wait = wait
        super().__init__(reason)


@dataclass(frozen=True)
class Answer:
    """A whole body on disk: `url` is where it finally came from, without secrets."""

    url: str
    headers: dict[str, str]
    path: Path
    size: int

    def head(self, count: int = 4096) -> bytes:
        """Its first bytes."""
        with self.path.open("rb") as handle:
            return handle.read(count)

    @property
    def media_type(self) -> str:
        """The declared type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Client:
    """Everything one source asks goes through one client, which keeps count.

    home: the address the person named; the token is sent to its host alone. Raises Refused.
    """

    def __init__(
        self, home: str, hosts: Hosts, limits: Limits, folder: Path, token: Token | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:  # fmt: skip
        self.hosts = hosts
        self.limits = limits
        self.folder = folder
        self._home = hosts.check(home)
        self._token = token
        self._wire = Wire(hosts, resolve)
        self._end = time.monotonic() + limits.seconds
        self._bytes = 0
        self._number = 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def note_plain_token(self, log: IssueLog) -> None:
        """Warn when a token will travel without encryption, other than inside this machine."""
        home = self._home
        if self._token and home.scheme == "http" and home.host not in ("localhost", "127.0.0.1"):
            log.add("REMOTE_TOKEN_IN_CLEAR", file=home.name, host=home.name)

    def get(self, url: str, accept: str = "*/*") -> Answer:
        """The body at a URL, after redirects, whole; further tries when the platform stumbles."""
        wait = self.limits.pause
        for attempt in range(1, self.limits.tries + 1):
            try:
                return self._follow(url, accept)
            except _TryAgain as exc:
                if attempt == self.limits.tries:
                    raise Refused(
                        "REMOTE_FAILED", url=self.shown(url), reason=exc.reason, tries=attempt
                    ) from exc
                self._sleep(max(wait, exc.wait))
                wait *= 2
        raise AssertionError("unreachable: the last try returns or raises")

    def json(self, url: str, accept: str = "application/json") -> dict[str, Any]:
        """A JSON object; Refused when the answer is something else."""
        return self.parsed(self.get(url, accept))

    def parsed(self, answer: Answer) -> dict[str, Any]:
        """The JSON object of an answer."""
        data = answer.path.read_bytes()
        try:
            found = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as exc:
            raise Refused(
                "REMOTE_NOT_DATA", url=answer.url, wanted="JSON", found=self.glimpse(data)
            ) from exc
        if not isinstance(found, dict):
            raise Refused(
                "REMOTE_NOT_DATA", url=answer.url, wanted="JSON", found=self.glimpse(data)
            )
        return found

    def glimpse(self, data: bytes) -> str:
        """What an answer says first, as one short line without markup and without secrets."""
        text = data[:4096].decode("utf-8", "replace")
        if text.lstrip("\ufeff \t\r\n").startswith("<"):
            said = _MARKUP.sub(" ", text)
            text = said if said.strip() else text
        text = " ".join(text.split())
        return self._masked("".join(c if c.isprintable() else "�" for c in text)[:120]) or "—"

    def shown(self, url: str) -> str:
        """A URL as it may be written down."""
        return self._masked(self.clean(url))

    def clean(self, url: str) -> str:
        """A URL without the token's parameter."""
        name = self._token.query if self._token else ""
        if not name:
            return url
        parts = urlsplit(url)
        kept = [
            piece
            for piece in parts.query.split("&")
            if piece.partition("=")[0].lower() != name.lower()
        ]
        return urlunsplit(parts._replace(query="&".join(kept)))

    def _masked(self, text: str) -> str:
        return text.replace(self._token.value, "***") if self._token else text

    def _follow(self, url: str, accept: str) -> Answer:
        url = self.clean(url.partition("#")[0])
        for _ in range(self.limits.redirects + 1):
            target = self.hosts.check(url)
            answer = self._once(target, url, accept)
            if isinstance(answer, Answer):
                return answer
            onward = self.clean(urljoin(url, answer))
            after = self.hosts.check(onward)
            if target.scheme == "https" and after.scheme == "http":
                raise Refused("REMOTE_REDIRECT", url=self.shown(url), to=self.shown(onward))
            url = onward
        raise Refused("REMOTE_REDIRECT", url=self.shown(url), to="…")

    def _once(self, target: Target, url: str, accept: str) -> Answer | str:
        """The answer of one hop, or where it redirects to."""
        self._check_time(url)
        headers = {"User-Agent": _AGENT, "Accept": accept, "Accept-Encoding": "gzip"}
        sent = url
        if self._token is not None and target == self._home:
            headers |= self._token.header()
            sent = self._with_token(url)
        limits = self.limits
        try:
            with self._wire.get(
                target, sent, headers, limits.connect_seconds, limits.read_seconds
            ) as head:
                if head.status in _REDIRECTS and "location" in head.headers:
                    return head.headers["location"]
                self._judge(head, url)
                return self._keep(head, url)
        except BROKEN as exc:
            told = f"{type(exc).__name__}: {exc}".rstrip(": ")
            raise _TryAgain(self._masked(told)[:200]) from exc

    def _with_token(self, url: str) -> str:
        token = self._token
        if token is None or not token.query:
            return url
        parts = urlsplit(url)
        more = urlencode({token.query: token.value})
        return urlunsplit(parts._replace(query=f"{parts.query}&{more}" if parts.query else more))

    def _judge(self, head: Head, url: str) -> None:
        """Anything but 200 ends here."""
        if head.status == 200:
            return
        if head.status in _NO:
            raise Refused("REMOTE_UNAUTHORISED", url=self.shown(url), status=head.status)
        if head.status in _AGAIN:
            told = head.headers.get("retry-after", "")
            wait = float(told) if told.isdigit() else 0.0
            raise _TryAgain(f"HTTP {head.status}", min(wait, _MOST_WAIT))
        code = "REMOTE_NOT_FOUND" if head.status in (404, 410) else "REMOTE_STATUS"
        raise Refused(code, url=self.shown(url), status=head.status)

    def _keep(self, head: Head, url: str) -> Answer:
        """Lay the body into a file of its own, unzipped, never more than is allowed."""
        self._number += 1
        path = self.folder / f"answer-{self._number:06d}"
        size = 0
        with path.open("wb") as out:
            for piece in _unzipped(head):
                size += len(piece)
                self._bytes += len(piece)
                if size > self.limits.page_bytes or self._bytes > self.limits.total_bytes:
                    most = min(self.limits.page_bytes, self.limits.total_bytes) >> 20
                    raise Refused("REMOTE_TOO_MUCH", url=self.shown(url), limit=f"{most} MiB")
                self._check_time(url)
                out.write(piece)
        return Answer(self.shown(url), head.headers, path, size)

    def _check_time(self, url: str) -> None:
        if time.monotonic() > self._end:
            told = f"{self.limits.seconds:g} s"
            raise Refused("REMOTE_TOO_MUCH", url=self.shown(url), limit=told)

    def _sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self._end - time.monotonic())))


def _unzipped(head: Head) -> Iterator[bytes]:
    """Pieces of the body; gzip is undone in steps, so that a bomb stops at the limit."""
    way = head.headers.get("content-encoding", "identity").strip().lower()
    if way in ("", "identity"):
        yield from head.body
        return
    if way not in ("gzip", "x-gzip"):
        raise _TryAgain(f"content-encoding {way[:20]}")
    opened = zlib.decompressobj(31)
    try:
        for piece in head.body:
            data = piece
            while data:
                yield opened.decompress(data, 1 << 20)
                data = opened.unconsumed_tail
        yield opened.flush()
    except zlib.error as exc:
        raise _TryAgain(f"gzip: {exc}") from exc
    if not opened.eof:
        raise _TryAgain("gzip: cut off")


def with_query(url: str, **values: object) -> str:
    """A URL with parameters set; those of the same name, in any case, are replaced."""
    parts = urlsplit(url)
    wanted = {name.lower() for name in values}
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in wanted
    ]
    pairs = [*kept, *((name, str(value)) for name, value in values.items())]
    return urlunsplit(parts._replace(query=urlencode(pairs, safe=":/,"), fragment=""))
