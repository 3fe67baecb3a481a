"""A room that tells a page what the test wants: what no server says yet, or none should."""

import json
from collections.abc import Callable
from math import inf
from typing import Any

from playwright.async_api import Browser, Page, WebSocketRoute, expect

from .browser import is_in, new_page, texts
from .gateway import Gateway
from .peers import Event

AT = "2026-11-24T11:00:00.000Z"


def message(seq: int, text: str, name: str = "bob", by: str | None = None, at: str = AT) -> Event:
    """A message event."""
    return {"type": "message", "seq": seq, "at": at, "from": name, "via": "web", "text": text} | (
        {} if by is None else {"by": by}
    )


class FakeRoom:
    """It welcomes each page that comes, says nothing by itself, and remembers in `heard` what it was sent."""

    def __init__(self, page: Page, *history: Event, **welcome: object) -> None:
        self.heard: list[Event] = []
        self.history = list(history)
        self.page_size = len(history) + 1000
        self.answers: dict[str, Callable[[Event], list[Event]]] = {"ping": lambda event: [{"type": "pong"}]}
        self._page = page
        self.welcome: Event = {
            "type": "welcome", "id": "by-me", "name": "Ann", "session": "s" * 22, "epoch": "e", "seq": len(history),
            "resumed": False, "members": 2, **welcome,
        }  # fmt: skip

    async def open(self, address: str) -> None:
        """Show the page at this address, in this room."""
        await self._page.route_web_socket("**/ws", self._enter)
        await self._page.goto(address)
        await is_in(self._page)

    def tell(self, *events: Event) -> None:
        """Tell the page these, in one frame."""
        self._socket.send("\n".join(json.dumps(event) for event in events))

    def add(self, *events: Event) -> None:
        """Have these stand in the log before anybody comes in again."""
        self.history += events
        self.welcome["seq"] = len(self.history)

    async def drop(self, code: int = 1012, reason: str = "") -> None:
        """Close the connection."""
        await self._socket.close(code=code, reason=reason)

    def of(self, kind: str) -> list[Event]:
        """What was heard of a type."""
        return [event for event in self.heard if event["type"] == kind]

    def _enter(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.on_message(self._hear)

    def _hear(self, frame: str | bytes) -> None:
        for line in str(frame).split("\n"):
            event = json.loads(line)
            self.heard.append(event)
            self.tell_all(self._answer(event))

    def tell_all(self, events: list[Event]) -> None:
        """The same of a list, which may be empty."""
        if events:
            self.tell(*events)

    def _answer(self, event: Event) -> list[Event]:
        kind = event["type"]
        if kind in self.answers:
            return self.answers[kind](event)
        if kind == "hello" and "after" in event:
            missed = [each for each in self.history if each["seq"] > event["after"]["seq"]]
            return [self.welcome_back(event), *missed]
        if kind == "hello":
            return [self.welcome]
        if kind == "history":
            return [self.page_after(event) if "after" in event else self.page_before(event)]
        return [self.found(event)] if kind == "find" else []

    def found(self, event: Event) -> Event:
        """What it finds of some words."""
        words = event["text"].casefold().split()
        hits = [each for each in self.history if all(word in each["text"].casefold() for word in words)]
        found = [each for each in hits if each["seq"] < event.get("before", inf)][::-1]
        page = found[: event.get("limit", 50)]
        more = {"before": page[-1]["seq"]} if len(found) > len(page) else {}
        return {"type": "found", "messages": page, "more": bool(more), **more}

    def page_after(self, event: Event) -> Event:
        """What it has of history after that."""
        newer = [each for each in self.history if each["seq"] > event["after"]]
        page = newer[: event["limit"]]
        return {"type": "page", "messages": page, "more": len(newer) > len(page)}

    def welcome_back(self, hello: Event) -> Event:
        """What answers a hello that goes on somewhere; what was missed follows."""
        return {**self.welcome, **hello["after"], "resumed": True, "head": len(self.history)}

    def page_before(self, event: Event) -> Event:
        """What it has of history before that, or at last."""
        older = [each for each in self.history if each["seq"] < event.get("before", inf)]
        page = older[-self.page_size :]
        return {"type": "page", "messages": page, "more": len(older) > len(page)}


async def room_of(browser: Browser, gateway: Gateway, *said: str, **look: Any) -> tuple[Page, FakeRoom]:
    """A page in a room where bob has said these."""
    page, _ = await new_page(browser, **look)
    room = FakeRoom(page, *(message(seq, text, by="by-bob") for seq, text in enumerate(said, 1)))
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(len(said))
    return page, room
