"""A session by chat.v1.json: every message is acked, and who comes back goes on where it was."""

from itertools import islice

import msgspec
from msgspec import structs

from ..decoding import BadJsonError, Decoder
from ..searches import Sought
from ..vocabulary import COMMANDS_OF
from . import told
from .address import BANNED, KICKED, LOST, REFUSED, Address, ChatError, PasswordError
from .ledger import Said
from .notices import meaning_of
from .session import Hear, Session

FRAME_BYTES = 32 * 1024
MAX_HISTORY = 500
"""So many old messages can be asked for in hello."""

QUIET_SECONDS = 20.0
"""Seconds of silence after which the gateway is pinged, as the page does."""

PATIENCE_SECONDS = 10.0
"""For an answer to that. Who is slowed down hears acks meanwhile: one message fits into any --rate."""

HELD_SECONDS = 300.0
"""For any word, once a gateway has told that it can't store what we say."""

_decode = Decoder[told.Anything](told.Anything)
_encode = msgspec.json.encode
_PING = _encode({"type": "ping"})
_REPLACED, _FINAL = 4001, 4500
_PASSWORD = 4503
_REASONS = {_REPLACED: "you are here by 16 newer connections", 4504: BANNED, 4505: KICKED}


class JsonSession(Session):
    """Its parts. `history`: so many messages before; `since`: all after this seq, instead; `token`: who we were."""

    idle = frozenset({"pass", *(each.name for each in COMMANDS_OF["lines"])})

    def __init__(
        self, address: Address, hear: Hear, *, name: str, password: str, patience: float,
        history: int = 0, since: int | None = None, token: str = "",
    ) -> None:  # fmt: skip
        super().__init__(address, hear, name=name, password=password, patience=patience)
        self.is_elsewhere = False
        """Whether this connection is to be closed, since we know only now where to begin: the next one begins there."""
        self._history = history
        self._since = since
        self._token = token  # by which the room knows us again
        self._after: tuple[str, int] | None = None  # the epoch, and the seq of the last message that we have
        self._wants_last = False
        self._is_welcomed = False  # on this connection
        self._heard_at = 0.0
        self._questioned_at: float | None = None

    def command(self, text: str) -> None:
        """See Session."""
        self._ask_by(text, _encode({"type": "command", "text": text}))

    def ask_last(self) -> bool:
        """See Session. A reconnect asks again."""
        self._wants_last = True
        if self.is_in:
            self._ask(_encode({"type": "history", "limit": 1}))
        return True

    def ask_who(self) -> bool:
        """See Session."""
        self._ask(_encode({"type": "who"}))
        return self._is_open

    def ask_older(self, before: int, limit: int) -> bool:
        """See Session. Before nothing are the last ones."""
        self._ask(_encode({"type": "history", "limit": limit} | ({"before": before} if before else {})))
        return self._is_open and self.is_in

    def delete(self, seq: int) -> bool:
        """See Session."""
        self._ask(_encode({"type": "delete", "seq": seq}))
        return self._is_open and self.is_in

    def find(self, what: Sought, limit: int) -> bool:
        """See Session."""
        fields = {"text": what.words, "from": what.sender, "since": what.since, "until": what.until}
        given = {name: value for name, value in fields.items() if value}
        self._ask(_encode({"type": "find", "limit": limit, "before": what.before, **given}))
        return self._is_open and self.is_in

    # --- a connection ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """See Session."""
        super().opened(now)
        self.is_elsewhere = self._is_welcomed = False
        self._heard_at, self._questioned_at = now, None
        self._ask(_encode(self._hello()))

    def heard(self, now: float) -> None:
        """See Session."""
        self._heard_at, self._questioned_at = now, None

    def take(self, line: str, now: float) -> None:
        """An event came. What comes where we do not want to be is passed over."""
        if self.is_elsewhere:
            return
        try:
            event = _decode(line)
        except BadJsonError:
            return  # docs/protocol.md: what a client does not know it passes over
        match event:
            case told.Welcome():
                # By a second one the server would ask us to ask, and could take nothing of that.
                if self._is_welcomed or not self._welcome(event):
                    return
            case told.Message() | told.Deleted():
                self._after = (self._after[0] if self._after else "", event.seq)
            case told.Ack():
                self.ledger.settle(event.id, now)
            case told.Error(id=str(say_id)) if said := self.ledger.settle(say_id, now):
                event = self._refused(event, said)
            case told.Named():
                self.name = self.label = event.name
            case told.Presence() | told.Who():
                self.members = event.members
            case told.Page():
                self._wants_last = False
            case told.Notice(code="store-failed" | "store-back"):
                self._is_held = event.code == "store-failed"
        self._hear(event)

    def judge(self, code: int, reason: str) -> None:
        """The room has closed the connection. Raises ChatError if it is over for good (docs/protocol.md, Ends)."""
        if code == _PASSWORD:
            raise PasswordError(self.address, is_wrong=bool(self._password))
        if code == _REPLACED or code >= _FINAL:
            status = REFUSED if code >= _FINAL else LOST
            raise ChatError(f"{self.address}: {_REASONS.get(code) or reason}", status)

    def next_to_send(self) -> bytes:
        """See Session."""
        if self._asked:
            return self._asked.popleft()
        return self._next_in_order() or self._frame() if self.is_in and self._is_open else b""

    def sent(self, now: float) -> None:
        """See Session. An ack tells more, and may be here already."""

    # --- whether it is alive --------------------------------------------------------------------------------------

    def beat_in(self, now: float) -> float:
        """See Session."""
        return max(0.0, self._due() - now)

    def is_silent(self, now: float) -> bool:
        """See Session."""
        return self._questioned_at is not None and now >= self._due()

    def question(self, now: float) -> bytes:
        """See Session."""
        if self._questioned_at is not None or now < self._due():
            return b""
        self._questioned_at = now
        return _PING

    def _due(self) -> float:
        if self._questioned_at is None:
            return self._heard_at + QUIET_SECONDS
        return self._questioned_at + (HELD_SECONDS if self._is_held else PATIENCE_SECONDS)

    # --- parts ----------------------------------------------------------------------------------------------------

    def _hello(self) -> dict[str, object]:
        hello: dict[str, object] = {"type": "hello", "history": min(self._history, MAX_HISTORY)}
        if self.name:
            hello["name"] = self.name
        if self._password:
            hello["password"] = self._password
        if self._token:
            hello["session"] = self._token
        if self._after is not None:
            hello["after"] = {"epoch": self._after[0], "seq": self._after[1]}
        elif self._since is not None:
            hello["after"] = {"seq": max(0, self._since)}
        return hello

    def _welcome(self, event: told.Welcome) -> bool:
        """Whether we are in, and where we want to begin."""
        self._is_welcomed = True
        self._token, self.members, self.title = event.session, event.members, event.title
        self.label = event.name
        if not event.name.startswith("guest-"):
            self.name = event.name
        wanted = max(0, event.seq + MAX_HISTORY - self._history)
        is_older = self._history > MAX_HISTORY and wanted < event.seq
        self._since, self._history = None, min(self._history, MAX_HISTORY)  # what is older is asked for once
        self._after = (event.epoch, event.seq)
        if is_older:
            # Only now do we know where that is.
            self._history, self._after = 0, (event.epoch, wanted)
            self.was_in = self.is_elsewhere = True
            return False
        self._entered()
        if self._wants_last:
            self.ask_last()
        return True

    def _refused(self, event: told.Error, said: Said) -> told.Error:
        """It, by the number that people know instead of the id."""
        if event.code == "too-long":
            told_by_words = meaning_of(f"* {event.message}")
            limit = int(told_by_words.detail) if told_by_words.code == "too-long" else self.most
            self.most = min(limit, len(said.text.encode(errors="replace")) - 1)
        return structs.replace(event, id=f"{said.number}")

    def _frame(self) -> bytes:
        """What is pending and not sent, as much of it as comes next and fits into a frame; at least one message."""
        lines: list[bytes] = []
        size = 0
        for said in islice(self.ledger.waiting(), self._sayable):
            line = _encode(_say(said))
            size += len(line)
            if lines and size > FRAME_BYTES:
                break
            lines.append(line)
        self.ledger.sent(len(lines))
        return b"\n".join(lines)


def _say(said: Said) -> dict[str, object]:
    further: dict[str, object] = {"kind": said.kind, "re": said.re}
    return {"type": "say", "id": said.id, "text": said.text} | {name: each for name, each in further.items() if each}
