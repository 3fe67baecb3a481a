"""The one order in which a room says things, and the check that every member hears just that.

It mirrors the room: a transcript is the log, a listener is a place in it. Whoever is ahead writes it on; everybody else
has to hear the same from its place on. What it does not is counted:

    lost            passed over, or not heard by the end
    repeated        heard before, or heard by its own sender where the wire leaves that out
    out of order    heard after something that comes later
    damaged         not what was said
"""

import hashlib
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from .speech import Said


@dataclass(slots=True)
class Faults:
    """What must not happen, counted in deliveries."""

    lost: int = 0
    repeated: int = 0
    out_of_order: int = 0
    damaged: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def add(self, other: "Faults") -> None:
        """Count another's too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Listener:
    """A member's place. `own` is the sender whose messages it does not get, -1 for none."""

    __slots__ = ("ahead", "at", "missing", "own")

    def __init__(self, own: int = -1) -> None:
        self.own = own
        self.at = 0  # what it hears next; -1 while that is to be found out
        self.ahead: deque[Said] | None = None  # heard, and not in the transcript yet
        self.missing: set[Said] | None = None  # passed over so far

    @property
    def is_witness(self) -> bool:
        """Whether it knows what comes next in the room: nothing is left out for it, and it knows where it is."""
        return self.own < 0 <= self.at


class Passage:
    """Messages that came together, as many members hear them: checked once, for all who stand at the same place."""

    __slots__ = ("end", "said", "senders", "start")

    def __init__(self, said: list[Said]) -> None:
        self.said = said
        self.start = self.end = -1  # where it stands, if it does, in one piece
        self.senders: frozenset[int] = frozenset()

    def stands(self, start: int) -> None:
        """It was found in the transcript."""
        self.start, self.end = start, start + len(self.said)
        self.senders = frozenset(said.sender for said in self.said)


class Transcript:
    """What was heard, in order.

    1. What a witness hears next is written.
    2. What a listener hears next that gets all but its own is written once another one hears the same: between what
       both heard there can be nothing. Until then it waits, and so does one that does not know its place.
    """

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.faults = Faults()
        self.by_sender: defaultdict[int, list[int]] = defaultdict(list)  # the places of each one's messages
        self._places: dict[Said, int] = {}
        self._claims: dict[Said, Listener] = {}  # who hears it next, of those that are no witness

    def hear(self, listener: Listener, passage: Passage) -> None:
        """A member has heard these messages."""
        if listener.ahead is not None:
            listener.ahead.extend(passage.said)
            self._go_on(listener)
            return
        self._pass_own(listener)
        start = listener.at
        if 0 <= start == passage.start and listener.own not in passage.senders:
            listener.at = passage.end
            return
        count = self._expected(listener, passage.said)
        if count < len(passage.said):
            listener.ahead = deque(passage.said[count:])
            self._go_on(listener)
        if start >= 0 and self.said[start : listener.at] == passage.said:
            passage.stands(start)

    def is_done(self, listener: Listener) -> bool:
        """Whether a member has heard all."""
        self._go_on(listener)
        self._pass_own(listener)
        return listener.ahead is None and listener.at in (-1, len(self.said))

    def finish(self, listener: Listener) -> None:
        """A member hears no more: what it has not heard is lost to it."""
        if listener.at >= 0:
            self.faults.lost += sum(1 for said in self.said[listener.at :] if said.sender != listener.own)
            listener.at = len(self.said)

    def finish_all(self, listeners: Sequence[Listener]) -> None:
        """Nobody hears any more. What only one heard is written first: it is lost to the others."""
        for listener in listeners:
            self._settle(listener)
        for listener in listeners:
            self.finish(listener)
        self._check_order()

    def digest(self) -> bytes:
        """The same for all transcripts that say the same in the same order."""
        return hashlib.sha256(repr(self.said).encode()).digest()

    def _settle(self, listener: Listener) -> None:
        self._go_on(listener)
        while listener.ahead and listener.at >= 0:
            self._write(listener.ahead[0])
            self._go_on(listener)

    def _check_order(self) -> None:
        """Count what the room had in another order than its own log: where seqs do not grow."""
        seqs = [said.seq for said in self.said if said.seq]
        self.faults.out_of_order += sum(1 for before, after in pairwise(seqs) if after <= before)

    def _pass_own(self, listener: Listener) -> int:
        """Go on behind its own messages; returns the place of the next of these, or where the transcript ends."""
        if listener.own >= 0 and listener.at >= 0:
            own = self.by_sender[listener.own]
            for index in range(bisect_left(own, listener.at), len(own)):
                if own[index] != listener.at:
                    return own[index]
                listener.at += 1
        return len(self.said)

    def _expected(self, listener: Listener, heard: list[Said]) -> int:
        """Go on as long as it hears what comes next; returns for how many messages that was so."""
        count = 0
        while listener.at >= 0 and count < len(heard):
            end = min(self._pass_own(listener), listener.at + len(heard) - count)
            stretch = self.said[listener.at : end]
            same = len(stretch)
            if stretch != heard[count : count + same]:
                same = next(at for at, said in enumerate(stretch) if said is not heard[count + at])
            listener.at += same
            count += same
            if not same or listener.at < end:
                break
        return count

    def _go_on(self, listener: Listener) -> None:
        """Take what a listener is ahead with, as far as its place is known."""
        while listener.ahead:
            if not self._hear_one(listener, listener.ahead[0]):
                return
            listener.ahead.popleft()
        listener.ahead = None

    def _hear_one(self, listener: Listener, said: Said) -> bool:
        """Find the place of what a listener has heard; False if that has to wait."""
        if said.sender == listener.own:
            self.faults.repeated += 1
            return True
        if said not in self._places and not self._is_next(listener, said):
            return False
        place = self._places[said]
        if listener.at < 0:
            listener.at = place
        self._pass_own(listener)
        if place < listener.at:
            self._hear_late(listener, said)
            return True
        if place > listener.at:
            self._pass_over(listener, place)
        listener.at = place + 1
        return True

    def _is_next(self, listener: Listener, said: Said) -> bool:
        """Write what nobody has heard yet, if that is sure; see the rules of the class."""
        if listener.is_witness:
            self._write(said)
            return True
        if listener.at < 0:
            return False
        other = self._claims.setdefault(said, listener)
        if other is listener:
            return False
        self._write(said)
        self._go_on(other)
        return True

    def _write(self, said: Said) -> None:
        self._claims.pop(said, None)
        place = self._places[said] = len(self.said)
        own = self.by_sender[said.sender]
        if own and said.number < self.said[own[-1]].number:
            self.faults.out_of_order += 1  # the room itself has it so
        own.append(place)
        self.said.append(said)

    def _pass_over(self, listener: Listener, place: int) -> None:
        passed = [said for said in self.said[listener.at : place] if said.sender != listener.own]
        self.faults.lost += len(passed)
        listener.missing = (listener.missing or set()).union(passed)

    def _hear_late(self, listener: Listener, said: Said) -> None:
        if listener.missing and said in listener.missing:
            listener.missing.remove(said)
            self.faults.lost -= 1
            self.faults.out_of_order += 1
        else:
            self.faults.repeated += 1
