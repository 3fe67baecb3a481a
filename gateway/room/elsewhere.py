"""Who is on other nodes, as far as these tell: how many are there, who some of them are, and where they sit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, repeat

from ..people import Person, Seen
from .changes import Changes

MAX_NODES = 500

Seat = tuple[str, int]
"""From which address somebody came, and when, in milliseconds since 1970: for operators."""


class _Node:
    """Another gateway of the room: how many are there, and those whose names it tells."""

    __slots__ = ("heard_at", "labels", "members", "people", "seen")

    def __init__(self) -> None:
        self.heard_at = 0.0
        self.members = 0
        self.people: Counter[Person] = Counter()
        self.labels: dict[str, str] = {}  # and whose it is, by public id
        self.seen: list[Seen] = []


class Elsewhere:
    """The other nodes. Who came and left there is noted in the `changes` that are given."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}

    def __len__(self) -> int:
        return sum(node.members for node in self._nodes.values())

    def take_census(
        self, name: str, members: int, people: Sequence[Person], now: float, seats: Iterable[Seat], changes: Changes
    ) -> bool:
        """A node tells who is there; whether these are more or fewer. Past MAX_NODES a new one is not heard."""
        if name not in self._nodes and len(self._nodes) >= MAX_NODES:
            return False
        node = self._nodes.setdefault(name, _Node())
        there = Counter(people if members else ())
        node.seen = [seen_at(*pair) for pair in zip(people, chain(seats, repeat(("", 0))), strict=False)]
        _compare(node.people, there, changes)
        is_changed = members != node.members
        node.members, node.people, node.heard_at = members, there, now
        node.labels = {person.shown: person.by for person in there}
        if not members:
            del self._nodes[name]
        return is_changed

    def forget_silent(self, since: float, changes: Changes) -> bool:
        """Nodes that told nothing since then are gone, with all who were there; whether there are any."""
        silent = [name for name, node in self._nodes.items() if node.heard_at < since]
        for name in silent:
            self.take_census(name, 0, (), since, (), changes)
        return bool(silent)

    def is_free(self, label: str, by: str) -> bool:
        """Whether a label is nobody else's, as far as is known."""
        return not self._nodes or all(node.labels.get(label, by) == by for node in self._nodes.values())

    def names(self) -> list[str]:
        """Of the nodes where somebody is."""
        return sorted(self._nodes)

    def people(self) -> Iterator[Person]:
        """Who is there."""
        return chain.from_iterable(node.people.elements() for node in self._nodes.values())

    def seen(self) -> Iterator[Seen]:
        """The same, as operators see them."""
        return chain.from_iterable(node.seen for node in self._nodes.values())


def seen_at(person: Person, seat: Seat) -> Seen:
    """Somebody, as operators see who sits there."""
    host, since = seat
    return Seen(person.name, person.via, person.by, host, datetime.fromtimestamp(since // 1000, UTC) if since else None)


def _compare(before: Counter[Person], there: Counter[Person], changes: Changes) -> None:
    gone, new = before - there, there - before
    old = {(person.by, person.via): person for person in gone if person.by}
    for person in new:
        if (person.by, person.via) in old:
            changes.called(old[person.by, person.via], person)
    for person, count in gone.items():
        changes.went(person, count)
    for person, count in new.items():
        changes.came(person, count)
