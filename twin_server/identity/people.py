"""People, their keys and their sign-ins, as the database keeps them; every change is audited."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update

from cim_bridge.errors import NotFound, WrongUse
from twin_server import audit as audit_log
from twin_server.database import reading, writing
from twin_server.identity.principal import Principal, districts_of, is_name, roles_of
from twin_server.identity.tables import api_key, person, session
from twin_server.policy import ROLES

_KEY = re.compile(r"^twk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$")
KEY_DAYS = 365
"""How long a key holds when nothing else is said."""


@dataclass(frozen=True)
class Person:
    """Someone who may sign in."""

    name: str
    roles: tuple[str, ...]
    districts: tuple[str, ...]
    disabled: bool
    created: str
    keys: tuple[dict[str, Any], ...] = ()


class People:
    """Reads and writes of who may sign in to one city."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, name: str, roles: Sequence[str], districts: Sequence[str], *, actor: str
    ) -> Person:
        """Let someone sign in, or change what they may do. WrongUse when it cannot be meant."""
        _judge(name, roles, districts)
        row = {
            "roles": _list(roles), "districts": _list(districts), "disabled": False,
            "created": audit_log.now(), "actor": actor,
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(delete(person).where(person.c.name == name))
            connection.execute(insert(person).values(name=name, **row))
            told = {"name": name, "roles": list(roles), "districts": list(districts)}
            audit_log.append(connection, "user.add", told, actor)
        return Person(name, tuple(roles), tuple(districts), False, str(row["created"]))

    def disable(self, name: str, *, actor: str) -> bool:
        """Shut someone out: their keys and sign-ins hold no longer. Whether they were known here.

        A name that only the provider or the proxy knows is shut out too.
        """
        if not is_name(name):
            raise WrongUse("a name has at most 100 letters, digits and . @ : + - _")
        with writing(self._engine) as connection:
            where = person.c.name == name
            known = connection.execute(update(person).where(where).values(disabled=True)).rowcount
            if not known:
                row = {"roles": "[]", "districts": "[]", "disabled": True, "actor": actor}
                made = insert(person).values(name=name, created=audit_log.now(), **row)
                connection.execute(made)
            connection.execute(update(api_key).where(api_key.c.name == name).values(revoked=True))
            connection.execute(delete(session).where(session.c.name == name))
            audit_log.append(connection, "user.disable", {"name": name}, actor)
        return bool(known)

    def everyone(self) -> list[Person]:
        """Everyone who was ever let in, with their keys (never the secrets)."""
        with reading(self._engine) as connection:
            keys = [row._asdict() for row in connection.execute(select(api_key))]
            rows = connection.execute(select(person).order_by(person.c.name)).all()
        return [
            Person(
                row.name, tuple(orjson.loads(row.roles)), tuple(orjson.loads(row.districts)),
                row.disabled, row.created,
                tuple(
                    {name: key[name] for name in ("id", "created", "expires", "revoked")}
                    for key in keys if key["name"] == row.name
                ),
            )
            for row in rows
        ]  # fmt: skip

    def make_key(self, name: str, *, actor: str, days: int = KEY_DAYS) -> tuple[str, str]:
        """(a new key, when it ends); the key is told here and never again."""
        with writing(self._engine) as connection:
            if _principal(connection, name, "key") is None:
                raise NotFound(f"没有可登录的用户 / no user {name!r} who may sign in")
            number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
            expires = _later(days * 24.0)
            connection.execute(
                insert(api_key).values(
                    id=number, name=name, digest=_digest(secret), created=audit_log.now(),
                    expires=expires, revoked=False,
                )
            )  # fmt: skip
            told = {"name": name, "key": number, "expires": expires}
            audit_log.append(connection, "user.key", told, actor)
        return f"twk_{number}_{secret}", expires

    def revoke(self, number: str, *, actor: str) -> None:
        """End one key by its number. NotFound when unknown."""
        with writing(self._engine) as connection:
            where = api_key.c.id == number
            if not connection.execute(update(api_key).where(where).values(revoked=True)).rowcount:
                raise NotFound(f"没有密钥 / no key {number!r}")
            audit_log.append(connection, "user.revoke", {"key": number}, actor)

    def of_key(self, text: str) -> Principal | None:
        """Who a key is, None when it is none of ours or holds no longer."""
        found = _KEY.match(text)
        if found is None:
            return None
        with reading(self._engine) as connection:
            row = connection.execute(select(api_key).where(api_key.c.id == found[1])).first()
            given = row is not None and hmac.compare_digest(row.digest, _digest(found[2]))
            if row is None or not given or row.revoked or row.expires <= audit_log.now():
                return None
            return _principal(connection, row.name, "key")

    def of_name(self, name: str, via: str) -> Principal | None:
        """Someone by name, as signed in elsewhere; None when unknown here or shut out."""
        with reading(self._engine) as connection:
            return _principal(connection, name, via)

    def is_disabled(self, name: str) -> bool:
        """Whether someone was shut out here."""
        with reading(self._engine) as connection:
            query = select(person.c.disabled).where(person.c.name == name)
            return bool(connection.execute(query).scalar())

    def open_session(self, who: Principal, hours: float, *, via: str) -> str:
        """Sign a browser in; its cookie's value, which is kept nowhere else."""
        cookie = secrets.token_urlsafe(32)
        with writing(self._engine) as connection:
            connection.execute(delete(session).where(session.c.expires <= audit_log.now()))
            connection.execute(
                insert(session).values(
                    digest=_digest(cookie), name=who.name, roles=_list(sorted(who.roles)),
                    districts=_list(sorted(who.districts)), via=via, expires=_later(hours),
                )
            )  # fmt: skip
            audit_log.append(connection, "sign_in", {"name": who.name, "via": via}, who.name)
        return cookie

    def of_session(self, cookie: str) -> Principal | None:
        """Who a cookie is; of people known here what holds is what they may do now."""
        with reading(self._engine) as connection:
            where = session.c.digest == _digest(cookie)
            row = connection.execute(select(session).where(where)).first()
            if row is None or row.expires <= audit_log.now():
                return None
            if row.via == "key":
                return _principal(connection, row.name, "session", ambient=True)
        roles = roles_of(orjson.loads(row.roles))
        places = frozenset(orjson.loads(row.districts))
        return Principal(row.name, roles, places, "session", ambient=True)

    def close_session(self, cookie: str) -> None:
        """Sign a browser out."""
        with writing(self._engine) as connection:
            connection.execute(delete(session).where(session.c.digest == _digest(cookie)))


def _judge(name: str, roles: Sequence[str], districts: Sequence[str]) -> None:
    if not is_name(name):
        raise WrongUse("a name has at most 100 letters, digits and . @ : + - _")
    strange = sorted(set(roles) - set(ROLES))
    if strange or not roles:
        raise WrongUse(f"no role {', '.join(strange) or 'given'}; roles: {', '.join(ROLES)}")
    if "reporter" in roles and not districts:
        raise WrongUse(
            "reporter 需要 --district / a reporter needs --district, such as district:D1"
        )
    if districts and len(districts_of(districts, frozenset())) != len(set(districts)):
        raise WrongUse("districts are ids of units, such as district:D1, or *")


def _principal(
    connection: Connection, name: str, via: str, *, ambient: bool = False
) -> Principal | None:
    row = connection.execute(select(person).where(person.c.name == name)).first()
    if row is None or row.disabled:
        return None
    roles, words = roles_of(orjson.loads(row.roles)), orjson.loads(row.districts)
    return Principal(name, roles, districts_of(words or None, roles), via, ambient)


def _list(words: Sequence[str]) -> str:
    return orjson.dumps(list(dict.fromkeys(words))).decode()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _later(hours: float) -> str:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
