"""A city of two districts with homes, a problem and a project in each, and people of every role."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.mapping import Mapping
from tests.support.smallblocks import hazards, make_small_blocks
from tests.twin_server.test_decisions import publish
from twin_server.identity.people import People
from twin_server.identity.settings import Auth
from twin_server.policy import ROLES
from twin_server.settings import Settings
from twin_server.store import open_store

SYSTEM = "MOHURD-2023"
OWN, OTHER = "district:D1", "district:D2"
SECRET = "-".join(["of", "the", "test", "and", "long", "enough", "for", "it"])
SETTINGS = Settings(refresh_seconds=0, auth=Auth(mode="keys"), secret=SECRET)


def make_city(path: Path) -> CityFolder:
    """The published city."""
    found = make_small_blocks(path / "city")
    given = {
        "values": hazards(),
        "problems": "unit_id,level,rule,title_zh,year\n"
        "B1,block,D03,燃气,2024\nB4,block,D03,燃气,2024\n",
        "projects": "project_id,name_zh,state,units\n"
        "P1,甲,planned,block:B1\nP2,乙,planned,block:B4\n",
    }
    for kind, text in given.items():
        (path / f"{kind}.csv").write_text(text, encoding="utf-8")
        mapping = Mapping(source_kind="department", system=SYSTEM)
        load(found, [path / f"{kind}.csv"], source="住建", mapping=mapping, kind=kind)
    publish(found)
    return found


def let_in(city: CityFolder) -> dict[str, str]:
    """Key of one person of each role, who may act in D1 only."""
    store = open_store(city)
    people = People(store.engine)
    keys = {}
    for role in ROLES:
        people.add(role, [role], [OWN], actor="test")
        keys[role] = people.make_key(role, actor="test")[0]
    store.close()
    return keys


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {key}"}
