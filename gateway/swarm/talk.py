"""Who speaks when: so many a second, or so many under way. It is told the time, in µs since the talk began."""

from collections import deque
from collections.abc import Iterator, Mapping, Sized
from math import inf


class Speaker:
    """One sender. `unheard` are its messages that nobody has heard yet, oldest first."""

    __slots__ = ("doubtful", "sender", "spoken", "under_way", "unheard")

    def __init__(self, sender: int) -> None:
        self.sender = sender
        self.spoken = 0
        self.under_way = 0
        self.unheard: deque[tuple[int, str]] = deque()
        self.doubtful = False  # a connection of it broke, on a wire that can't tell what had arrived

    def hear(self, number: int) -> None:
        """Somebody heard one of its messages."""
        self.under_way = max(0, self.under_way - 1)
        while self.unheard and self.unheard[0][0] <= number:
            self.unheard.popleft()


class Talk:
    """The senders of one process: every `step`th of all from `first` on.

    Either `rate` messages a second of each sender, evenly spread over all of them, or `window` messages of each
    under way; until each has spoken its share of `messages`, or, without that, for so many seconds.
    """

    def __init__(
        self, senders: range, total: int, *, rate: float, window: int, messages: int | None, seconds: float
    ) -> None:
        self.speakers = {sender: Speaker(sender) for sender in senders}
        self._total = total
        self._rate = rate
        self._window = window
        self._messages = messages
        self._end = inf if messages is not None else seconds * 1e6
        self._next = 0  # of the messages of all senders, by time
        self._ready = list(self.speakers.values())

    def due(self, now: int) -> Iterator[tuple[Speaker, int]]:
        """Who has to speak now, and since when."""
        if 0 <= now < self._end:
            yield from self._by_window(now) if self._window else self._by_rate(now)

    def stop(self, now: int) -> None:
        """Nobody speaks any more."""
        self._end = min(self._end, max(0, now))

    def next_at(self) -> float:
        """When to ask again, if nobody is heard before."""
        return inf if self._window or not self.speakers else self._next * 1e6 / (self._rate * self._total)

    def hear(self, sender: int, number: int) -> None:
        """A message was heard; it may be of another process's sender."""
        if (speaker := self.speakers.get(sender)) is not None:
            speaker.hear(number)
            self._ready.append(speaker)

    def cut_off(self, speaker: Speaker) -> None:
        """Its connection is gone, and what was under way may never be heard: see whether it may speak again."""
        self._ready.append(speaker)

    def is_over(self, now: int) -> bool:
        """Whether everybody has spoken."""
        return now >= self._end or all(speaker.spoken >= self._share(speaker) for speaker in self.speakers.values())

    def doubtful(self, heard: Mapping[int, Sized]) -> int:
        """How many were spoken and not heard, by sender, that may never have arrived."""
        return sum(each.spoken - len(heard[sender]) for sender, each in self.speakers.items() if each.doubtful)

    def _by_rate(self, now: int) -> Iterator[tuple[Speaker, int]]:
        # By the plan, not by the clock: who is late is measured from when it should have spoken.
        count = int(now / 1e6 * self._rate * self._total) + 1
        for index in range(self._next, count):
            speaker = self.speakers.get(index % self._total)
            if speaker and speaker.spoken < self._share(speaker):
                yield speaker, int(index * 1e6 / (self._rate * self._total))
        self._next = max(self._next, count)

    def _by_window(self, now: int) -> Iterator[tuple[Speaker, int]]:
        ready, self._ready = self._ready, []
        for speaker in ready:
            while speaker.under_way < self._window and speaker.spoken < self._share(speaker):
                yield speaker, now

    def _share(self, speaker: Speaker) -> float:
        if self._messages is None:
            return inf
        return self._messages // self._total + (speaker.sender < self._messages % self._total)
