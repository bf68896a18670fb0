"""A sign-in provider of the tests: OpenID Connect with PKCE on a loopback port."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.loopback import Quiet, loopback

CLIENT = "cim-twin"
PASSWORD = "-".join(["the", "client", "knows"])


class OidcProvider:
    """Signs in whoever `claims` says, and counts what it was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.issuer = ""

    def token(self, key: RSAKey | None = None, header: Any = None, **changed: Any) -> str:
        """A signed token for our audience; None drops a claim."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300,
            **self.claims, **changed,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        used = key or self.key
        return str(jwt.encode(header or {"alg": "RS256", "kid": used.kid}, claims, used))

    def authorize(self, url: str) -> str:
        """What a browser does at the provider: sign in, come back; the address it is sent to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint: every code once, with the right verifier only."""
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = begun is not None and (
            begun["code_challenge"] == challenge
            and begun["redirect_uri"] == form["redirect_uri"]
            and form["client_id"] == CLIENT
            and form["client_secret"] == PASSWORD
        )
        if not right or begun is None:
            return 400, {"error": "invalid_grant"}
        told = self.claims.get("nonce", begun["nonce"])
        return 200, {"id_token": self.token(nonce=told), "token_type": "Bearer"}


@contextmanager
def provider() -> Iterator[OidcProvider]:
    """A running provider."""
    made = OidcProvider()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self.told(200, {
                    "issuer": made.issuer, "jwks_uri": f"{made.issuer}/jwks",
                    "authorization_endpoint": f"{made.issuer}/authorize",
                    "token_endpoint": f"{made.issuer}/token",
                })  # fmt: skip
            elif self.path == "/jwks":
                self.told(200, {"keys": [made.key.as_dict(private=False)]})
            else:
                self.told(404, {})

        def do_POST(self) -> None:
            made.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.told(*made.exchange(form))

        def told(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with loopback(Handler) as host:
        made.issuer = f"http://{host}"
        yield made
