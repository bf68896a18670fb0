"""Events: written with the change, signed, sent in order, tried again, given up, never leaked."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sqlalchemy import text

from cim_bridge.errors import Unavailable
from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from tests.support.loopback import Quiet, loopback
from tests.twin_server.access.city import SECRET, SETTINGS
from tests.twin_server.handmade import make_city
from twin_server import audit
from twin_server.database import reading, writing
from twin_server.events.deliver import MOST_ATTEMPTS, Deliverer, signature
from twin_server.events.outbox import TOLD, recent, type_of, waiting
from twin_server.outbound import Outbound
from twin_server.settings import Settings, Webhooks
from twin_server.store import Store, open_store


class Receiver:
    """A webhook of the tests: keeps what comes, answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status = made.answers.pop(0) if made.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("location", f"{made.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

    with loopback(Handler) as host:
        made.url = f"http://{host}/hook"
        yield made


@pytest.fixture
def city(tmp_path: Path, either_store: str) -> CityFolder:
    return make_city(tmp_path / "town")


@pytest.fixture
def store(city: CityFolder) -> Iterator[Store]:
    found = open_store(city)
    yield found
    found.close()


class Clock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


def settings(receiver: Receiver, *types: str) -> Settings:
    host = receiver.url.split("/")[2]
    return replace(SETTINGS, webhooks=Webhooks({receiver.url: types}, (host,), secret=SECRET))


def happen(store: Store, action: str, **payload: object) -> None:
    with writing(store.engine) as connection:
        audit.append(connection, action, payload, "li")


def test_an_event_arrives_signed_thin_and_once(store: Store, receiver: Receiver) -> None:
    clock = Clock()
    deliverer = Deliverer(store.engine, settings(receiver), "Town", clock=clock)
    happen(store, "problem.confirm", id="p1", **{"from": "candidate", "to": "confirmed"},
           note="张三家的煤气", value=7)  # fmt: skip
    happen(store, "user.add", name="li")
    assert deliverer.round().delivered == 1
    assert deliverer.round().delivered == 0
    ((headers, body),) = receiver.got
    event = json.loads(body)
    assert (event["specversion"], event["type"], event["subject"]) == (
        "1.0", "cn.cim.problem.changed", "p1",
    )  # fmt: skip
    assert event["data"] == {"action": "problem.confirm", "from": "candidate", "id": "p1",
                             "to": "confirmed"}  # fmt: skip
    assert "煤气" not in body.decode()
    assert headers["content-type"].startswith("application/cloudevents+json")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    assert event["id"] == headers["webhook-id"]
    assert abs(int(headers["webhook-timestamp"]) - clock.now.timestamp()) < 5


def test_a_signature_is_that_of_standard_webhooks() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of their own text
    body = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_change_that_is_undone_tells_nobody(store: Store) -> None:
    with store.engine.connect() as connection, connection.begin() as change:
        audit.append(connection, "publish", {"id": "x"}, "li")
        change.rollback()
    assert "x" not in str(recent(store.engine, 10))


def test_failures_are_tried_again_with_longer_pauses_and_given_up(
    store: Store, receiver: Receiver
) -> None:
    clock = Clock()
    deliverer = Deliverer(store.engine, settings(receiver), "Town", clock=clock)
    happen(store, "publish", id="r1", seq=1)
    receiver.answers = [500, 302, *[503] * 20]
    pauses = [10, 40, 160, 640, 2560, 10240, 21600]
    assert deliverer.round().failed == 1
    for pause in pauses[:-1]:
        clock.forward(pause - 2)
        assert deliverer.round().failed == 0, "it waits"
        clock.forward(3)
        assert deliverer.round().failed == 1
    clock.forward(pauses[-1] + 1)
    assert deliverer.round().dead == 1
    assert len(receiver.got) == MOST_ATTEMPTS
    assert waiting(store.engine) == {"waiting": 0, "dead": 1}
    told = recent(store.engine, 1)[0]["deliveries"][0]
    assert (told["state"], told["error"]) == ("dead", "answered 503")
    numbers = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(numbers) == 1, "a receiver can tell a repeat"
    receiver.answers = []
    assert deliverer.again() == 1
    assert deliverer.round().delivered == 1


def test_an_endpoint_that_is_gone_is_asked_no_more(store: Store, receiver: Receiver) -> None:
    deliverer = Deliverer(store.engine, settings(receiver), "Town", clock=Clock())
    happen(store, "publish", id="r1", seq=1)
    receiver.answers = [410]
    assert deliverer.round().dead == 1


def test_an_endpoint_gets_the_types_it_wants_and_no_old_ones(
    store: Store, receiver: Receiver
) -> None:
    clock = Clock()
    wanted = settings(receiver, "cn.cim.release.published")
    happen(store, "project.begin", id="p", **{"from": "a", "to": "b"})
    happen(store, "publish", id="r1", seq=1)
    deliverer = Deliverer(store.engine, wanted, "Town", clock=clock)
    assert deliverer.round().delivered == 1
    happen(store, "publish", id="r2", seq=2)
    clock.forward(8 * 86400)
    assert deliverer.round().delivered == 0


def test_events_are_cleared_after_a_month_unless_they_wait(
    store: Store, receiver: Receiver
) -> None:
    clock = Clock()
    deliverer = Deliverer(store.engine, settings(receiver), "Town", clock=clock)
    receiver.answers = [204, 500]
    happen(store, "publish", id="arrived", seq=1)
    happen(store, "publish", id="waits", seq=2)
    deliverer.round()
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE outbox SET time = '2020-01-01T00:00:00Z'"))
    for number in range(64):
        happen(store, "publish", id=f"new{number}", seq=3)
    left = [one["subject"] for one in recent(store.engine, 100)]
    assert "arrived" not in left
    assert {"waits", "new0", "new63"} <= set(left)
    with reading(store.engine) as connection:
        states = [row.state for row in connection.execute(text("SELECT state FROM delivery"))]
    assert states == ["waiting"], "what became of it went with it"
    assert store.verify_audit() > 64, "the record keeps every change for good"


def test_two_workers_send_an_event_once(store: Store, receiver: Receiver) -> None:
    clock = Clock()
    for number in range(20):
        happen(store, "publish", id=f"r{number}", seq=number)
    both = [Deliverer(store.engine, settings(receiver), "Town", clock=clock) for _ in range(2)]
    threads = [threading.Thread(target=one.round) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both[0].round()
    numbers = [headers["webhook-id"] for headers, _ in receiver.got]
    assert sorted(numbers) == sorted(set(numbers))
    assert len(numbers) == 20


@pytest.mark.parametrize(
    ("url", "allow", "leads_to"),
    [
        ("http://other.example/", ["hooks.example"], "93.184.216.34"),
        ("http://badhooks.example/", ["hooks.example"], "93.184.216.34"),
        ("http://hooks.example/", ["hooks.example"], "127.0.0.1"),
        ("http://hooks.example/", ["hooks.example"], "10.0.0.8"),
        ("http://hooks.example/", ["hooks.example"], "169.254.169.254"),
        ("http://hooks.example/", ["hooks.example"], "::ffff:127.0.0.1"),
        ("http://user:pw@hooks.example/", ["hooks.example"], "93.184.216.34"),
        ("file:///etc/passwd", ["hooks.example"], "93.184.216.34"),
        ("http://2130706433/", ["hooks.example"], "127.0.0.1"),
    ],
)  # fmt: skip
def test_addresses_that_are_not_listed_are_never_asked(
    url: str, allow: list[str], leads_to: str
) -> None:
    outbound = Outbound(allow, resolve=lambda _host, _port: [leads_to])
    with pytest.raises(Unavailable):
        outbound.ask("POST", url, {}, b"{}")
    outbound.close()


def test_events_are_listed_and_delivered_by_the_command_line(
    city: CityFolder, store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(store, "publish", id="r1", seq=1)
    monkeypatch.setenv("CIMTWIN_WEBHOOK_SECRET", SECRET)
    host = receiver.url.split("/")[2]
    with (city.path / "city.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[webhooks]\nallow = ["{host}"]\n'
                   f'[[webhooks.endpoint]]\nurl = "{receiver.url}"\n')  # fmt: skip
    told = cimtwin("audit", "deliver", "--city", city.path)
    assert (told["delivered"], told["failed"]) == (1, 0)
    listed = cimtwin("audit", "events", "--city", city.path)
    assert listed[0]["deliveries"][0]["state"] == "delivered"
    assert len(receiver.got) == 1


def test_a_flipped_byte_in_the_record_is_found(city: CityFolder, store: Store) -> None:
    for number in range(5):
        happen(store, "publish", id=f"r{number}", seq=number)
    count = cimtwin("audit", "verify", "--city", city.path)["entries"]
    assert count >= 5
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE audit SET payload = replace(payload, 'r3', 'r4')"))
    told = cimtwin("audit", "verify", "--city", city.path, exit_code=1)
    assert told["issues"][0]["code"] == "AUDIT_BROKEN"


def test_types_are_of_releases_batches_work_and_nothing_personal() -> None:
    assert type_of("publish.approve") is None, "the publication itself tells"
    assert type_of("submission.approve") == "cn.cim.submission.changed"
    assert type_of("sign_in") is None
    assert type_of("export") is None
    assert not {"note", "value", "actor", "name", "reason"} & set(TOLD)
