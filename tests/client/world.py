"""A session in a world of its own: we say what comes, and what time it is."""

import json
from collections.abc import Callable
from datetime import datetime, tzinfo
from itertools import count
from typing import Any

from gateway.client import told
from gateway.client.address import Address
from gateway.client.framing import MARK, MARK_ANSWER
from gateway.client.greeting import GREETING
from gateway.client.json_session import JsonSession
from gateway.client.raw_session import RawSession
from gateway.client.session import Session
from gateway.phrases import Phrases

Event = dict[str, Any]
ADDRESS = Address("room", 1)
WELCOME: Event = {"type": "welcome", "name": "guest-abcdef", "session": "token", "epoch": "e", "seq": 5, "members": 2}


class World:
    """Time, and what was heard."""

    session: Session

    def __init__(self) -> None:
        self.now = 1000.0
        self.heard: list[told.Told] = []

    def _count_ids(self) -> None:
        """Ids that a test can know."""
        ids = count(1)
        self.session.ledger._new_id = lambda: str(next(ids))

    def sends(self) -> list[bytes]:
        """All that is to be sent now; it is sent."""
        found = []
        while data := self.session.next_to_send():
            found.append(data)
            self.session.sent(self.now)
        return found

    def say(self, *texts: str) -> None:
        for text in texts:
            self.session.say(text, self.now)

    def lose(self, reason: str = "closed") -> float:
        self.session.closed()
        return self.session.retry(reason, self.now)

    @property
    def pending(self) -> list[str]:
        return [said.text for said in self.session.ledger.pending]

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.heard if isinstance(event, told.State)]


class Json(World):
    """By chat.v1.json."""

    session: JsonSession

    def __init__(self, *, patience: float = 60, name: str = "", password: str = "", **wishes: Any) -> None:
        super().__init__()
        self.session = JsonSession(
            ADDRESS, self.heard.append, name=name, password=password, patience=patience, **wishes
        )
        self._count_ids()

    def events(self) -> list[Event]:
        return [json.loads(line) for frame in self.sends() for line in frame.split(b"\n")]

    def tell(self, *events: Event) -> None:
        self.session.heard(self.now)
        for event in events:
            self.session.take(json.dumps(event), self.now)

    def open(self) -> Event:
        """Connect; what it says first."""
        self.session.opened(self.now)
        (hello,) = self.events()
        return hello

    def enter(self, **welcome: object) -> Event:
        """Come in; the hello."""
        hello = self.open()
        self.tell(WELCOME | welcome)
        return hello


class Raw(World):
    """By the raw wire."""

    session: RawSession

    def __init__(
        self, *, patience: float = 60, name: str = "", password: str = "", is_a_persons: bool = False,
        wall: Callable[[tzinfo], datetime] = datetime.now,
    ) -> None:  # fmt: skip
        super().__init__()
        self.session = RawSession(
            ADDRESS,
            self.heard.append,
            name=name,
            password=password,
            patience=patience,
            is_a_persons=is_a_persons,
            wall=wall,
        )

    def texts(self) -> list[str]:
        """What is to be sent now, without the marks behind it."""
        return [data.removesuffix(MARK).decode().removesuffix("\n\n") for data in self.sends()]

    def tell(self, *texts: str) -> None:
        for text in texts:
            self.session.feed(f"{text}\n\n".encode(), self.now)

    def end(self, text: str) -> None:
        """It says that, and closes."""
        self.session.feed(text.encode(), self.now)
        self.session.feed(b"", self.now)

    def notice(self, code: str, **values: object) -> None:
        self.tell(f"* {Phrases('en', 100)(code, **values)}")

    def enter(self) -> None:
        """Be greeted, by what may be the post's server for all that is known."""
        self.session.opened(self.now)
        self.tell(GREETING)
        if self.session.has_no_question:
            self.session.found(is_gateway=False)

    def answer(self) -> None:
        """A mark is answered."""
        self.session.feed(MARK_ANSWER, self.now)
