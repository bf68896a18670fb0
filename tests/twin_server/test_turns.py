"""Heavy questions take turns; light ones pass them; too many are told to come again."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.twin_server.asking import awaited
from twin_server.hot.answers import Message, Receive, Scope, Send
from twin_server.operate.turns import Turns
from twin_server.policy import HEAVY, SCOPES


class Slow:
    """An app that answers when it is let, and counts how many it answers at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["state"]["policy"] in HEAVY:
            self.now += 1
            self.most = max(self.most, self.now)
            await self.go.wait()
            self.now -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(turns: Turns, policy: str) -> Any:
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await turns({"type": "http", "method": "GET", "state": {"policy": policy}}, receive, send)
    return told[0]


async def crowd() -> tuple[Slow, Counter[int], dict[str, str], int]:
    slow = Slow()
    turns = Turns(slow, at_once=2, waiting=3)
    asked = [asyncio.create_task(ask(turns, "/api/v1/find")) for _ in range(9)]
    await asyncio.sleep(0)
    light = await ask(turns, "/api/v1/city")
    slow.go.set()
    told = await asyncio.gather(*asked)
    refused = next(one for one in told if one["status"] == 429)
    headers = {key.decode(): value.decode() for key, value in refused["headers"]}
    later = await ask(turns, "/api/v1/find")
    assert later["status"] == 200, "a turn that ended is free again"
    return slow, Counter(one["status"] for one in told), headers, light["status"]


def test_two_at_a_time_are_answered_three_wait_and_the_rest_are_told_to_come_again() -> None:
    slow, statuses, headers, light = awaited(crowd())
    assert slow.most == 2
    assert statuses == {200: 5, 429: 4}
    assert int(headers["retry-after"]) > 0
    assert headers["content-type"] == "application/problem+json"
    assert light == 200, "a light question waits for none of them"


def test_what_is_heavy_is_a_route() -> None:
    assert set(SCOPES) > HEAVY
