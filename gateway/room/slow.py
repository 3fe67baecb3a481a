"""Slow mode, for raids: one message a person, and an address, in so many seconds."""

from collections import OrderedDict
from collections.abc import Sequence
from math import inf

from ..guard.gate import address_group, is_loopback
from ..stores import KEY_SECONDS

REMEMBERED = 100_000
"""People and addresses that are remembered, the last who spoke: a raid is many."""


class Slow:
    """Who spoke when. `seconds` is how long one has to wait between two messages, 0 for not at all."""

    def __init__(self) -> None:
        self.seconds = 0
        self._spoke: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()  # who spoke first is first

    def set(self, seconds: int) -> None:
        """Be so slow from now on."""
        self.seconds = seconds
        if not seconds:
            self._spoke.clear()

    def take(self, by: str, host: str, key: bytes | None, now: float) -> float:
        """Let somebody speak; or for how many seconds it may not, which are more than 0.

        What it said last, by its say-key, it may say again as long as every log knows that it is the same message.
        """
        if not self.seconds:
            return 0.0
        spoke = [self._spoke[each] for each in _who(by, host) if each in self._spoke]
        if key is not None and any(last == key and now < at + KEY_SECONDS for at, last in spoke):
            return 0.0
        wait = max((at + self.seconds - now for at, _ in spoke), default=0.0)
        if wait > 0:
            return wait
        self._note(_who(by, host), key, now)
        return 0.0

    def give_back(self, by: str, host: str, key: bytes | None, since: float) -> None:
        """It does not speak after all: the turn that it took with this say-key since then is nobody's."""
        for each in _who(by, host):
            at, last = self._spoke.get(each, (-inf, None))
            if at >= since and last == key:
                del self._spoke[each]

    def note(self, by: str, at: float) -> None:
        """Somebody spoke, here or elsewhere: the last time counts."""
        spoke, key = self._spoke.get(by, (-inf, None))
        if spoke < at:
            self._note((by,), key, at)

    def _note(self, who: Sequence[str], key: bytes | None, at: float) -> None:
        for each in who:
            self._spoke[each] = (at, key)
            self._spoke.move_to_end(each)
        while len(self._spoke) > REMEMBERED or next(iter(self._spoke.values()))[0] <= at - self.seconds:
            self._spoke.popitem(last=False)


def _who(by: str, host: str) -> Sequence[str]:
    """Who is held to it: the person, and its address unless that is our own machine's or unknown."""
    return (by,) if not host or is_loopback(host) else (by, f"from {address_group(host)}")
