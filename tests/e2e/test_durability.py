"""kill -9 under load: what was acked or seen is there, once, in order, and a resume goes on without gap or repeat."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed, InvalidMessage

from .conftest import Start
from .gateway import Gateway
from .peers import Chat, chat

ROUNDS = 5
SAYS = 400


@dataclass
class Person:
    """Someone who says numbered things, re-sends what was not acked, and writes down what is seen."""

    name: str
    session: str | None = None
    said: int = 0
    unacked: dict[str, str] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    seen: list[tuple[int, str]] = field(default_factory=list)
    position: dict[str, object] | None = None
    resumed: int = 0

    async def live(self, gateway: Gateway) -> None:
        """Connect and chat until the connection breaks or all is said, acked and seen."""
        with contextlib.suppress(ConnectionClosed, OSError, InvalidMessage):
            async with chat(gateway, name=self.name, session=self.session, after=self.position) as peer:
                self._enter(peer)
                for say_id, text in self.unacked.items():
                    await peer.say(text, say_id)
                await self._chat(peer)

    def _enter(self, peer: Chat) -> None:
        welcome = peer.welcome
        self.session = welcome["session"]
        if self.position is not None:
            assert welcome["resumed"], welcome
            self.resumed += 1
        else:
            self.position = {"epoch": welcome["epoch"], "seq": welcome["seq"]}
        assert welcome["name"] == self.name

    async def _chat(self, peer: Chat) -> None:
        while self.said < SAYS or self.unacked:
            while self.said < SAYS and len(self.unacked) < 20:
                say_id = f"c{self.said}"
                self.unacked[say_id] = f"{self.name} {self.said}"
                self.said += 1
                await peer.say(self.unacked[say_id], say_id)
            event = await peer.next("ack", "message", "notice")
            if event["type"] == "ack":
                self.unacked.pop(event["id"], None)
                assert self.acked.setdefault(event["id"], event["seq"]) == event["seq"]
            elif event["type"] == "message":
                self.seen.append((event["seq"], event["text"]))
                assert self.position is not None
                self.position["seq"] = event["seq"]


async def whole_log(gateway: Gateway) -> list[tuple[int, str]]:
    """All that is in the log, page by page."""
    log: list[tuple[int, str]] = []
    async with chat(gateway) as reader:
        before, more = reader.welcome["seq"] + 1, True
        while more:
            await reader.send({"type": "history", "before": before, "limit": 500})
            page = await reader.next("page")
            log = [(event["seq"], event["text"]) for event in page["messages"]] + log
            before, more = log[0][0], page["more"]
    return log


async def test_kill_9_under_load_loses_and_repeats_nothing(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    people = [Person(f"p{number}") for number in range(4)]
    for part in range(1, ROUNDS + 1):
        living = [asyncio.create_task(person.live(gateway)) for person in people]
        if part < ROUNDS:
            target = part * SAYS // (ROUNDS + 1)
            # One who was faster before may still be on its way in when the others have said enough.
            while min(len(each.acked) for each in people) < target or min(each.resumed for each in people) < part - 1:
                await asyncio.sleep(0.001)
            await asyncio.to_thread(gateway.kill)
        await asyncio.gather(*living)
        if part < ROUNDS:
            await asyncio.to_thread(gateway.again)
    log = await whole_log(gateway)
    assert [text for _, text in log] == list(dict.fromkeys(text for _, text in log)), "something is there twice"
    assert len(log) == 4 * SAYS
    in_log = dict(log)
    for person in people:
        assert person.resumed == ROUNDS - 1
        assert [in_log[person.acked[f"c{number}"]] for number in range(SAYS)] == [
            f"{person.name} {number}" for number in range(SAYS)
        ]
        seqs = [seq for seq, _ in person.seen]
        assert seqs == list(range(seqs[0], seqs[-1] + 1)), "a gap or a repeat"
        assert all(in_log[seq] == text for seq, text in person.seen), "seen, but not in the log"
        mine = [text for _, text in log if text.startswith(person.name + " ")]
        assert mine == [f"{person.name} {number}" for number in range(SAYS)], "out of order"
