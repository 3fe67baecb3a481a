"""Telnet as a filter in front of the raw wire: commands are taken out of the bytes, options refused (RFC 854, 1143)."""

import re
from enum import Enum, IntEnum, auto


class Command(IntEnum):
    """The bytes after IAC that are telnet (RFC 854; 236 to 239 from RFC 885 and 1184)."""

    END_OF_FILE = 236
    SUSPEND = 237
    ABORT = 238
    END_OF_RECORD = 239
    SE = 240
    NOP = 241
    DATA_MARK = 242
    BREAK = 243
    INTERRUPT = 244
    ABORT_OUTPUT = 245
    ARE_YOU_THERE = 246
    ERASE_CHARACTER = 247
    ERASE_LINE = 248
    GO_AHEAD = 249
    SB = 250
    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254
    IAC = 255


_COMMANDS = frozenset(Command)
_REFUSAL = {Command.WILL: Command.DONT, Command.DO: Command.WONT}
_TIMING_MARK = 6
MAX_REFUSALS = 64


class Signal(Enum):
    """What a command asks of the line that is being typed."""

    SEEN = auto()
    ERASE_CHARACTER = auto()
    ERASE_LINE = auto()


class Refusal(bytes):
    """The answer to an option: bytes for the peer."""


class Key(Enum):
    """A control key for which telnet sends a command; and what it may have been instead.

    Telnet's clients look at seven bits of what is typed: `byte`, in the middle of a character, is that key to them too.
    """

    INTERRUPT = 0x83  # Ctrl-C
    END_OF_FILE = 0x84
    ABORT_OUTPUT = 0x8F
    SUSPEND = 0x9A
    QUIT = 0x9C  # Ctrl-\\, as BREAK or ABORT

    @property
    def byte(self) -> int:
        """The byte of a character."""
        return self.value

    @property
    def takes_back(self) -> bool:
        """Whether who presses it takes back what is half typed."""
        return self in (Key.INTERRUPT, Key.QUIT)


Token = bytes | Signal | Refusal | Key

_SIGNALS: dict[Command, Signal | Key] = {
    Command.ERASE_CHARACTER: Signal.ERASE_CHARACTER,
    Command.ERASE_LINE: Signal.ERASE_LINE,
    Command.INTERRUPT: Key.INTERRUPT,
    Command.END_OF_FILE: Key.END_OF_FILE,
    Command.ABORT_OUTPUT: Key.ABORT_OUTPUT,
    Command.SUSPEND: Key.SUSPEND,
    Command.BREAK: Key.QUIT,
    Command.ABORT: Key.QUIT,
}


class _State(Enum):
    DATA = auto()
    COMMAND = auto()  # after IAC
    OPTION = auto()  # after IAC and WILL, WONT, DO or DONT
    SUB = auto()  # after IAC SB


# RFC 854: IAC SE ends a sub-negotiation; IAC IAC is a byte of it, and so is IAC before anything else.
_INSIDE_SUB = re.compile(rb"(?:[^\xff]++|\xff[^\xf0])*+", re.DOTALL)
_END_OF_SUB = bytes((Command.IAC, Command.SE))


class TelnetFilter:
    """Splits what a peer sent into plain bytes, signals and refusals, one at a time and in order."""

    __slots__ = ("_refused", "_state", "_unread", "_verb")

    def __init__(self) -> None:
        self._state = _State.DATA
        self._unread = bytearray()
        self._verb = Command.NOP
        self._refused: set[tuple[int, int]] | None = None

    def feed(self, data: bytes) -> None:
        """What the peer sent."""
        self._unread += data

    def feed_eof(self) -> None:
        """No more comes: an IAC that still waits for its command was a byte like any other."""
        if self._state is _State.COMMAND:
            self._state = _State.DATA
            self._unread += b"\xff\xff"

    def next_token(self) -> Token | None:
        """The next run of plain bytes (never empty), signal or refusal; None until more is fed."""
        before = 0
        while self._unread and len(self._unread) != before:
            before = len(self._unread)
            if token := _STEPS[self._state](self):
                return token
        return None

    def _data(self) -> Token | None:
        end = self._unread.find(Command.IAC)
        if end == 0:
            del self._unread[0]
            self._state = _State.COMMAND
            return None
        if end < 0:
            end = len(self._unread)
        return self._take(end)

    def _command(self) -> Token | None:
        byte = self._unread[0]
        self._state = _State.DATA
        if byte not in _COMMANDS:
            return b"\xff"  # no telnet, but some byte that is not UTF-8: it stays in the text
        del self._unread[0]
        command = Command(byte)
        if command is Command.IAC:
            return b"\xff"
        if command is Command.SB:
            self._state = _State.SUB
        elif Command.WILL <= command <= Command.DONT:
            self._state = _State.OPTION
            self._verb = command
            return None
        return _SIGNALS.get(command, Signal.SEEN)

    def _option(self) -> Token | None:
        option = self._unread[0]
        del self._unread[0]
        self._state = _State.DATA
        answer = _REFUSAL.get(self._verb)
        # RFC 1143, section 3: an answer is never answered; WONT and DONT can only be answers to an option of ours,
        # and we have none.
        if answer is None or not self._may_refuse(option):
            return Signal.SEEN
        return Refusal((Command.IAC, answer, option))

    def _may_refuse(self, option: int) -> bool:
        # RFC 860: each DO TIMING-MARK is a question of its own; GNU telnet shows nothing after Ctrl-C until answered.
        if self._verb is Command.DO and option == _TIMING_MARK:
            return True
        self._refused = self._refused or set()
        asked = (self._verb, option)
        if asked in self._refused or len(self._refused) >= MAX_REFUSALS:
            return False
        self._refused.add(asked)
        return True

    def _sub(self) -> Token | None:
        inside = _INSIDE_SUB.match(self._unread)
        assert inside is not None  # it matches nothing, too
        del self._unread[: inside.end()]
        if self._unread.startswith(_END_OF_SUB):
            del self._unread[: len(_END_OF_SUB)]
            self._state = _State.DATA
        return None

    def _take(self, end: int) -> bytes:
        taken = bytes(self._unread[:end])
        del self._unread[:end]
        return taken


_STEPS = {
    _State.DATA: TelnetFilter._data,
    _State.COMMAND: TelnetFilter._command,
    _State.OPTION: TelnetFilter._option,
    _State.SUB: TelnetFilter._sub,
}
