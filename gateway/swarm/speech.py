"""What the members of a swarm say: each message tells who said it, as which, when, and whether it is whole.

    swarm RUN SENDER NUMBER SENT words words words CHECK

RUN keeps two swarms in one room apart, NUMBER counts a sender's messages from 1, SENT is in microseconds since the talk
began, CHECK is the CRC-32 of all that stands before it.
"""

from zlib import crc32

MIN_SIZE = 64
"""Bytes that a message has at least: the fields have to fit."""

_WORDS = (
    "the deploy is done and I am off to lunch who broke the build again see you in ten minutes ok thanks let me check "
    "好的 谢谢 can somebody review my change please it is green on my machine the log says timeout again 明天见 did "
    "you try it with the other flag sure go ahead I will have a look at the dashboard first nice catch what time is it "
).encode()


class DamagedError(ValueError):
    """A message of this run that is not what was said."""


class Said:
    """A message: who said it, as which of its own, and when. There is one object for each, so they compare fast.

    `seq` is its place in the log, 0 while no wire has told it.
    """

    __slots__ = ("number", "sender", "sent", "seq")

    def __init__(self, sender: int, number: int, sent: int) -> None:
        self.sender = sender
        self.number = number
        self.sent = sent
        self.seq = 0

    def __repr__(self) -> str:
        return f"{self.sender}/{self.number}"


class Speech:
    """Composes and reads the messages of one run."""

    def __init__(self, run: str, size: int) -> None:
        self.mark = f"swarm {run} ".encode()
        self._size = size
        self._known: dict[tuple[int, int], Said] = {}

    def compose(self, sender: int, number: int, sent: int) -> str:
        """A message of `size` bytes."""
        head = self.mark + b"%d %d %d " % (sender, number, sent)
        room = self._size - len(head) - 9
        start = (sender * 31 + number * 7) % len(_WORDS)
        words = (_WORDS * (room // len(_WORDS) + 2))[start : start + room]
        body = (head + words).decode(errors="ignore").encode()
        body = body.rstrip() + b"." * (self._size - 9 - len(body.rstrip()))
        return f"{body.decode()} {crc32(body):08x}"

    def read(self, text: bytes) -> Said | None:
        """The message that this text is; None if nobody of this run said it. Raises DamagedError."""
        if not text.startswith(self.mark):
            return None
        body, _, check = text.rpartition(b" ")
        if b"%08x" % crc32(body) != check:
            raise DamagedError(text.decode(errors="replace"))
        fields = body.split(b" ", 5)[2:5]
        if len(fields) < 3 or not all(field.isdigit() for field in fields):  # somebody else can compute a CRC too
            raise DamagedError(text.decode(errors="replace"))
        sender, number, sent = map(int, fields)
        key = (sender, number)
        if key not in self._known:
            self._known[key] = Said(sender, number, sent)
        return self._known[key]
