"""OpenID Connect: sign-in by code with PKCE, and tokens that programs send (keeper of joserfc)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cim_bridge.errors import Unavailable
from twin_server.identity.failures import NotSignedIn
from twin_server.identity.people import People
from twin_server.identity.principal import Principal, districts_of, is_name, roles_of
from twin_server.identity.settings import Oidc
from twin_server.outbound import Outbound

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures that are believed; none and those with a shared secret are not."""

LEEWAY_SECONDS = 60
_KEEP_SECONDS = 600.0
_PAUSE_SECONDS = 30.0
_CALLBACK = "/auth/callback"


@dataclass(frozen=True)
class Start:
    """A sign-in under way: where to send the browser, and what to hold its return against."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The provider of one city."""

    def __init__(
        self, settings: Oidc, people: People, outbound: Outbound | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._settings, self._people, self._clock = settings, people, clock
        host = urlsplit(settings.issuer).netloc
        self._outbound = outbound or Outbound([host, *settings.allow], settings.allow_private)
        self._told: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._until, self._asked = 0.0, float("-inf")
        self._lock = threading.Lock()

    def start(self, public_url: str) -> Start:
        """Begin a sign-in: a fresh state, nonce and PKCE verifier."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": public_url + _CALLBACK,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        where = self._discovered()["authorization_endpoint"]
        sign = "&" if "?" in where else "?"
        return Start(f"{where}{sign}{urlencode(query)}", state, nonce, verifier)

    def finish(self, public_url: str, code: str, verifier: str, nonce: str) -> Principal:
        """Who came back with a code; NotSignedIn when the provider or the token say otherwise."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": public_url + _CALLBACK,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        if self._settings.client_secret:
            form["client_secret"] = self._settings.client_secret
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        endpoint = self._discovered()["token_endpoint"]
        status, body = self._outbound.ask("POST", endpoint, kind, urlencode(form).encode())
        if status != 200:
            raise NotSignedIn(f"the provider refused the code ({status})")
        claims = self._claims(str(_object(body).get("id_token", "")), self._settings.client_id)
        if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
            raise NotSignedIn("the token is not of this sign-in")
        return self._principal(claims, "session")

    def of_bearer(self, token: str) -> Principal | None:
        """Who a token is that a program sent; None when it does not hold."""
        try:
            return self._principal(self._claims(token, self._settings.audience), "token")
        except NotSignedIn:
            return None

    def _claims(self, token: str, audience: str) -> dict[str, Any]:
        """Claims of a token whose signature, issuer, audience and times hold."""
        for fresh in (False, True):
            keys = self._key_set(fresh=fresh)
            try:
                found = jwt.decode(token, keys, algorithms=ALGORITHMS)
                break
            except (JoseError, ValueError, TypeError) as exc:
                if fresh:
                    raise NotSignedIn(f"the token does not hold: {exc}") from exc
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        try:
            rules.validate(found.claims)
        except (JoseError, ValueError, TypeError) as exc:
            raise NotSignedIn(f"the token does not hold: {exc}") from exc
        return dict(found.claims)

    def _principal(self, claims: dict[str, Any], via: str) -> Principal:
        """Someone known here by name with what they were given here, else by their claims."""
        wish = self._settings
        name = str(claims.get(wish.name_claim) or claims.get("sub") or "")
        if not is_name(name) or self._people.is_disabled(name):
            raise NotSignedIn("the token names nobody who may sign in")
        ambient = via == "session"
        known = self._people.of_name(name, via)
        if known is not None:
            return Principal(name, known.roles, known.districts, via, ambient)
        words = _list(claims.get(wish.roles_claim))
        roles = roles_of(wish.roles.get(str(word), word) for word in words)
        told = claims.get(wish.districts_claim)
        places = districts_of(None if told is None else _list(told), roles)
        return Principal(name, roles, places, via, ambient)

    def _discovered(self) -> dict[str, Any]:
        if not self._told:
            url = f"{self._settings.issuer}/.well-known/openid-configuration"
            found = self._get(url)
            if str(found.get("issuer", "")).rstrip("/") != self._settings.issuer:
                raise Unavailable("the provider calls itself by another name than city.toml")
            self._told = found
        return self._told

    def _key_set(self, *, fresh: bool) -> KeySet:
        """The provider's keys; asked again when one is missing, but never in a hurry."""
        with self._lock:
            now = self._clock()
            due = now >= self._until or (fresh and now >= self._asked + _PAUSE_SECONDS)
            if self._keys is None or due:
                found = self._get(str(self._discovered()["jwks_uri"]))
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
                self._until, self._asked = now + _KEEP_SECONDS, now
            return self._keys

    def _get(self, url: str) -> dict[str, Any]:
        status, body = self._outbound.ask("GET", url)
        if status != 200:
            raise Unavailable(f"the provider answers {status} at {url}")
        return _object(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Unavailable("the provider answers no JSON") from exc
    if not isinstance(found, dict):
        raise Unavailable("the provider answers no JSON object")
    return found


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return list(value) if isinstance(value, list | tuple) else []
