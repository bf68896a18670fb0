"""Two persons publish: one proposes, another approves; going back reads no release again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from cim_bridge import staging
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT
from tests.support.cimtwin import cimtwin
from tests.twin_server.access.city import SETTINGS, bearer, let_in, make_city
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.identity.people import People
from twin_server.proposals import Proposal, ProposalRefused, Proposals
from twin_server.publish import approve, build_city, publish_city, roll_back
from twin_server.store import Store, open_store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    return make_city(tmp_path_factory.mktemp("two"))


@pytest.fixture
def city(made: CityFolder, tmp_path: Path, either_store: str) -> CityFolder:
    """A published city that asks for two persons, with a change that waits to be published."""
    shutil.copytree(made.path, tmp_path / "city")
    with (tmp_path / "city" / "city.toml").open("a", encoding="utf-8") as file:
        file.write("\n[privacy]\nk = 12\n[publish]\ntwo_person = true\n")
    return CityFolder.open(tmp_path / "city")


@pytest.fixture
def store(city: CityFolder) -> Iterator[Store]:
    found = open_store(city)
    yield found
    found.close()


def propose(city: CityFolder, store: Store, actor: str = "local:li") -> Proposal:
    model, results = build_city(city, store, SILENT)
    found, new = Proposals(store).propose(model, results, actor=actor, note="k")
    assert isinstance(found, Proposal)
    assert new
    return found


def actions(store: Store) -> list[tuple[str, str]]:
    return [(entry["action"], entry["actor"]) for entry in store.audit_page(3, 0)[0]]


def test_what_is_proposed_is_seen_by_nobody_before_another_one_approves(
    city: CityFolder, store: Store
) -> None:
    before = store.current()
    with pytest.raises(WrongUse):
        publish_city(city, store, SILENT)
    found = propose(city, store)
    assert store.current() == before
    same, new = Proposals(store).propose(found.model, found.results, actor="wang")
    assert (same, new) == (found, False)
    for oneself in ("local:li", "li", "LI"):
        with pytest.raises(ProposalRefused) as refused:
            approve(city, store, found.id, actor=oneself)
        assert refused.value.code == "SAME_PERSON"
    assert store.current() == before
    published = approve(city, store, found.id, actor="wang", reason="checked")
    assert store.current() == published
    assert published.results == found.results
    assert actions(store)[:2] == [("publish.approve", "wang"), ("publish", "local:li")]
    entry = orjson.loads(store.audit_page(2, 0)[0][1]["payload"])
    assert entry["approved_by"] == "wang"
    with pytest.raises(ProposalRefused) as again:
        approve(city, store, found.id, actor="zhao")
    assert again.value.code == "ACTION_NOT_POSSIBLE"
    assert store.verify_audit() > 3


def test_a_damaged_proposal_is_not_published(city: CityFolder, store: Store) -> None:
    found = propose(city, store)
    file = next((city.results / found.results).glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"X")
    before = store.current()
    with pytest.raises(InputRefused) as refused:
        approve(city, store, found.id, actor="wang")
    assert [issue.code for issue in refused.value.log] == ["RELEASE_DAMAGED"]
    assert store.current() == before
    assert Proposals(store).find(found.id) == found, "it still waits"


def test_a_proposal_is_turned_down_with_a_reason_and_a_newer_one_replaces_it(
    city: CityFolder, store: Store
) -> None:
    found = propose(city, store)
    proposals = Proposals(store)
    with pytest.raises(ProposalRefused):
        proposals.reject(found.id, actor="wang", reason=" ")
    assert proposals.reject(found.id, actor="wang", reason="k is wrong").state == "rejected"
    second, _ = proposals.propose(found.model, found.results, actor="li")
    third, _ = proposals.propose("0" * 32, found.results, actor="li")
    states = {item.id: item.state for item in proposals.all()}
    assert isinstance(second, Proposal)
    assert isinstance(third, Proposal)
    assert states == {found.id: "rejected", second.id: "replaced", third.id: "open"}


def test_the_command_line_proposes_and_the_door_approves(city: CityFolder, store: Store) -> None:
    told = cimtwin("publish", "--city", city.path)
    number = told["proposal"]["id"]
    refused = cimtwin("publish", "--city", city.path, "--approve", number, exit_code=1)
    assert "another one approves" in refused["error"]
    keys = let_in(city)
    people = People(store.engine)
    people.add("second", ["publisher"], [], actor="test")
    key = people.make_key("second", actor="test")[0]
    with browsing(create_app(city, SETTINGS)) as asked:
        listed = asked.get("/api/v1/proposals", **bearer(keys["steward"])).json()
        assert (listed["two_person"], listed["items"][0]["id"]) == (True, number)
        assert number in asked.get("/releases", **bearer(keys["leader"])).text
        path = f"/api/v1/proposals/{number}/decision"
        body = {"decision": "approve", "reason": "checked"}
        assert asked.post(path, body, bearer(keys["steward"])).status_code == 403
        answer = asked.post(path, body, {**bearer(key), "idempotency-key": "a-1"})
        assert answer.status_code == 200, answer.text
        again = asked.post(path, body, {**bearer(key), "idempotency-key": "a-1"})
        assert (again.status_code, again.json()) == (200, answer.json()), "sent twice, done once"
        assert asked.post(path, body, bearer(key)).status_code == 409
        assert (answer.json()["state"], answer.json()["decider"]) == ("approved", "second")
        now = asked.get("/api/v1/city", **bearer(key)).json()["publication"]["id"]
        assert now == answer.json()["publication"]
        back = go_back(asked, key)
        assert asked.get("/api/v1/city", **bearer(key)).json()["publication"]["id"] == back


def go_back(asked: Browser, key: str) -> str:
    every = asked.get("/api/v1/releases", **bearer(key)).json()["items"]
    before = str(every[1]["id"])
    path, sent = f"/api/v1/releases/{before}/rollback", {**bearer(key), "idempotency-key": "b-1"}
    answers = [asked.post(path, {"reason": "oops"}, sent) for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    entries = asked.get("/api/v1/audit?limit=5", **bearer(key)).json()["items"]
    assert [entry["action"] for entry in entries].count("rollback") == 1
    return before


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that are read to be hashed."""
    seen: list[Path] = []
    own = staging.file_digest

    def noted(path: Path) -> str:
        seen.append(path)
        return own(path)

    monkeypatch.setattr(staging, "file_digest", noted)
    return seen


def test_going_back_reads_no_file_of_a_release_that_was_proven_and_not_touched(
    city: CityFolder, store: Store, hashed: list[Path]
) -> None:
    first = store.current()
    assert first is not None
    found = propose(city, store)
    proven = len(hashed)
    assert proven > 20, "when it was made, every file was hashed"
    approve(city, store, found.id, actor="wang")
    assert len(hashed) == proven, "nobody touched it since"
    roll_back(city, store, None, actor="wang")
    unproven = len(hashed)
    assert unproven > proven, "a folder that was copied has no proof of its own"
    for to in (str(first.seq + 1), str(first.seq)):
        roll_back(city, store, to, actor="wang")
    assert len(hashed) == unproven
    file = next((city.results / first.results).glob("*.parquet"))
    body = file.read_bytes()
    told = file.stat()
    file.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    roll_back(city, store, str(first.seq + 1), actor="wang")
    with pytest.raises(InputRefused) as refused:
        roll_back(city, store, str(first.seq), actor="wang")
    assert [issue.code for issue in refused.value.log] == ["RELEASE_DAMAGED"]
    assert len(hashed) > unproven, "a touch of one byte, its old time put back, is seen"


def test_going_back_is_told_with_its_reason(city: CityFolder, store: Store) -> None:
    found = propose(city, store)
    approve(city, store, found.id, actor="wang")
    roll_back(city, store, None, actor="wang", reason="wrong k")
    entry = store.audit_page(1, 0)[0][0]
    assert (entry["action"], orjson.loads(entry["payload"])["reason"]) == ("rollback", "wrong k")


@pytest.mark.parametrize(("lang", "word"), [("zh", "数据发布"), ("en", "Publications")])
def test_the_page_of_publications_speaks_both_languages_and_hides_markup(
    city: CityFolder, store: Store, lang: str, word: str
) -> None:
    found = propose(city, store, actor="<script>alert(1)</script>")
    approve(city, store, found.id, actor="wang")
    keys = let_in(city)
    with browsing(create_app(city, SETTINGS)) as asked:
        page = asked.get(f"/releases?lang={lang}", **bearer(keys["leader"]))
        assert page.status_code == 200
        assert word in page.text
        assert "<script" not in page.text
        assert "&lt;script" in page.text
        assert "'none'" in page.headers["content-security-policy"]
        nothing = asked.get("/releases?id=none&lang=en", **bearer(keys["leader"]))
        assert nothing.status_code == 200
