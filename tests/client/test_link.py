"""A link that comes back: when, and as what. Whatever became of a connection, the next one begins like the first."""

import asyncio
from types import SimpleNamespace

import pytest

from gateway.client import link as link_module
from gateway.client import told
from gateway.client.address import Address, ChatError
from gateway.client.link import Link
from gateway.client.raw import RawLink
from gateway.phrases import Phrases

from .test_hostile import GREETING, SECONDS, WELCOME, event, server, shake_hands, tcp, ws


class Road(Link):
    """A link whose visits are told by a word each: `in` comes in, `away` does not; the last one closes it."""

    def __init__(self, visits: str, patience: float) -> None:
        super().__init__(Address("127.0.0.1", 1), lambda event: None, name="", password="", patience=patience)
        self.visits = visits.split()

    async def command(self, text: str) -> None:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError

    async def _visit(self) -> None:
        visit = self.visits.pop(0)
        self.is_closed = not self.visits
        if visit == "away":
            raise ConnectionRefusedError
        assert self._sent == 0
        self._sent = 5
        self._entered()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it waited each time, on a clock of its own, and always as long as it may."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(link_module, "asyncio", SimpleNamespace(sleep=sleep, Event=asyncio.Event))
    monkeypatch.setattr(link_module, "time", SimpleNamespace(monotonic=lambda: sum(waits)))
    monkeypatch.setattr(link_module, "random", SimpleNamespace(uniform=lambda least, most: most))
    return waits


async def test_it_waits_longer_each_time_and_after_each_loss_anew(slept: list[float]) -> None:
    await Road("in away away away away away away in away in in away", 100).run()
    first = [0.3, 0.6, 1.2, 2.4, 4.8, 9.6, 10.0]
    assert slept == pytest.approx([*first, 0.3, 0.6, 0.3, 0.3])


async def test_its_patience_is_counted_from_each_loss(slept: list[float]) -> None:
    road = Road("in away away away in away away away in away away away away away", 4)
    with pytest.raises(ChatError):
        await road.run()
    assert slept == pytest.approx([0.3, 0.6, 1.2, 2.4] * 3)
    assert road.visits == ["away"]


KEPT = {
    "pending", "_number", "_moved",  # what was said goes out again
    "_lost", "_is_gateway", "_moved_at",  # by the raw wire: what may not have been said, what that is, and a clock
    "_connection", "_writer", "name", "label", "lag",
}  # fmt: skip
"""What outlasts a connection; or is another one's."""


def state_of(link: Link) -> dict[str, object]:
    """All else that a link knows."""
    known = {name: value.is_set() if isinstance(value, asyncio.Event) else value for name, value in vars(link).items()}
    return {name: value for name, value in known.items() if name not in KEPT}


@pytest.mark.parametrize("wire", ["json", "raw"])
async def test_a_connection_begins_like_the_first_whatever_became_of_that(
    wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is lost in the middle of all: something is said, and can't be stored, and the gateway is asked."""
    monkeypatch.setattr(link_module, "FIRST_DELAY", 0.01)
    for name in ("QUIET", "BEAT"):
        monkeypatch.setattr(f"gateway.client.raw.{name}_SECONDS", 0.01)
    began: list[dict[str, object]] = []
    middle: list[dict[str, object]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if wire == "json":
            await shake_hands(reader, writer)
            writer.write(event(**WELCOME))
        else:
            writer.write(GREETING + b"* you are now Ann\n\n")
        if middle:
            return
        while not (link._marked_at if isinstance(link, RawLink) else link._sent):  # said, and by the raw wire asked
            await asyncio.sleep(0.001)
        if wire == "json":
            writer.write(event(type="notice", text="x", code="store-failed"))
        else:
            writer.write(f"* {Phrases('en')('store-failed', detail='full')}\n\n".encode())
        while not link._is_held:  # type: ignore[attr-defined]
            await asyncio.sleep(0.001)
        middle.append(state_of(link))

    def hear(each: told.Told) -> None:
        if each == told.State("connected"):
            began.append(state_of(link))
            link.is_closed = bool(middle)

    async with server(serve) as port:
        link = (ws if wire == "json" else tcp)(port, hear, patience=SECONDS)
        running = asyncio.create_task(link.run())
        await link.say("hi")
        async with asyncio.timeout(SECONDS):
            await running
    first, second = began
    assert first == second
    assert first != middle[0]
