"""What a peer asks for, whatever the bytes are: requests on their way from a wire to a member. See answers, too."""

from datetime import date
from typing import Literal

import msgspec

from ..messages import Kind, Position, Spoken

MAX_ID = 64
"""Bytes of the id of what is said."""

MAX_HISTORY = 500
"""Messages of one page."""

MAX_COMMAND = 1000
"""Characters of a command."""


class Say(Spoken, frozen=True, tag_field="type", tag="say"):
    """Say text to the room. With an `id` it is acked, and saying it again is the same message.

    It is the `say` of chat.v1.json as it stands, as an answer is its event there.
    """

    kind: Kind = ""
    id: str | None = None


class Typed(msgspec.Struct, frozen=True):
    """A message of a wire without events of its own: a command if it reads like one, else said."""

    text: str


class Command(msgspec.Struct, frozen=True):
    """A command, and nothing else."""

    text: str


class Hello(msgspec.Struct, frozen=True):
    """Come in. `after` resumes there; else the last `history` messages follow."""

    name: str | None = None
    session: str | None = None
    after: Position | None = None
    history: int = 0
    password: str | None = None


class Rename(msgspec.Struct, frozen=True):
    """Take this name."""

    name: str


class AskWho(msgspec.Struct, frozen=True):
    """Who is here?"""


class AskHistory(msgspec.Struct, frozen=True):
    """The messages before `before`, or those after `after`, or the last ones; at most `limit`."""

    limit: int
    before: int | None = None
    after: int | None = None


class Find(msgspec.Struct, frozen=True):
    """The newest messages before `before` that hold all words of `text`; at most `limit`.

    Said by who is called `sender`, from the day `since` to the day `until` (UTC), if these are given; each may be a
    time (a datetime with its zone) as well, `until` then the first one that is too late.
    """

    text: str
    limit: int = 50
    sender: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


class Ask(msgspec.Struct, frozen=True):
    """A command that is answered and has no other effect, by its name; whoever answers it reads the argument."""

    command: str
    argument: str = ""


Switch = Literal["times", "joins"]
"""What a peer can switch on and off: that messages have their time, that it is told who comes and goes."""


class Switched(msgspec.Struct, frozen=True):
    """Switch something on or off, for this connection."""

    what: Switch
    on: bool


class TypesLines(msgspec.Struct, frozen=True):
    """The peer turned out to type lines: it is a person or a script, and no program of the post's."""

    by_telnet: bool


class Pass(msgspec.Struct, frozen=True):
    """Open the room by its password."""

    password: str


class Op(msgspec.Struct, frozen=True):
    """Become an operator by the admin password."""

    password: str


MAX_SECONDS = 100 * 366 * 86_400
"""The longest ban or mute that is not for ever."""

Act = Literal["kick", "mute", "unmute", "muted", "ban", "unban", "banned", "whois", "slow"]


class Moderate(msgspec.Struct, frozen=True):
    """Keep order, as an operator; for so many seconds, 0 for ever.

    Who is meant is a person by public id (`member`), or who said message `seq`, or what was typed: `target` is a name,
    an address or a network. `whole` is all that was typed, if it ends like a duration: somebody may be called so. See
    commands.readings.
    """

    act: Act
    target: str = ""
    seconds: int = 0
    whole: str = ""
    member: str = ""
    seq: int = 0


class Delete(msgspec.Struct, frozen=True):
    """Take back message `seq`; else one's own last one. Or, as an operator, the last of who goes by `target`.

    `is_all`: all that is retained of it. Where somebody else is or was called `whole`, all that was typed, it is asked
    who is meant.
    """

    seq: int = 0
    target: str = ""
    is_all: bool = False
    whole: str = ""


class Purge(msgspec.Struct, frozen=True):
    """Erase all that a person said, under whatever name, if it is so many messages; else tell how many these are.

    `whole` is all that was typed, if it ends like a number: somebody may be called so.
    """

    target: str
    count: int | None = None
    whole: str = ""


class Ping(msgspec.Struct, frozen=True):
    """Are you there?"""


class Quit(msgspec.Struct, frozen=True):
    """Let me go, with what I am owed."""


class EndOfInput(msgspec.Struct, frozen=True):
    """All that the peer sent before it closed its side has been read."""


class Mistake(msgspec.Struct, frozen=True):
    """The peer's fault: `code` names the phrase that says what; `id` is that of the `say` it was in."""

    code: str
    id: str | None = None
    detail: str = ""


class Reply(msgspec.Struct, frozen=True):
    """Bytes that the wire itself owes the peer: telnet's refusals and timing marks, or what no answer stands for.

    Any wire may, for what its protocol alone asks for and wants nothing of the room, in few bytes. It is sent once what
    was said before is in the log, also to who has not come in, and is no request of `--rate`: it costs REPLY_BYTES.
    """

    data: bytes


class Working(msgspec.Struct, frozen=True):
    """There is more to look at, and no request yet: ask again, after others had their turn."""


WORKING = Working()


class NotOurs(msgspec.Struct, frozen=True):
    """The peer speaks something else on the raw port: nothing of it is said, and it is closed. See wires/opening.py."""

    protocol: Literal["http", "tls", "binary", "utf-16"]


Request = (
    Say
    | Typed
    | Command
    | Hello
    | Rename
    | AskWho
    | AskHistory
    | Find
    | Ask
    | Switched
    | TypesLines
    | Pass
    | Op
    | Moderate
    | Delete
    | Purge
    | Ping
    | Quit
    | EndOfInput
    | Mistake
    | Reply
    | NotOurs
    | Working
)
