"""Who is here, under which name, from which session; and what changed since somebody last looked."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice, repeat
from typing import Generic, Protocol, TypeVar

from ..messages import Via
from ..names import GUEST_LETTERS, MAX_GUEST_LETTERS, guest_label, name_key
from ..wires.events import Person, Presence, Renamed, Seen, Who

MAX_NAMES = 500
MAX_NODES = 500
MAX_CHANGES = 20
MAX_VERSIONS = 64
MAX_KEPT = 1000
"""How many versions back presence can name who came and went, and how many of these; unless one version alone has more.
For what is older it tells the number alone.
"""


class Resident(Protocol):
    """A member as the roster sees it."""

    owner: str
    by: str
    label: str
    host: str
    since: int
    """When it came, in milliseconds since 1970."""

    @property
    def via(self) -> Via:
        """How it came."""


R = TypeVar("R", bound=Resident)


class _Changes:
    """Who came and who left. Who did both did neither. Who was renamed is among both, under two names."""

    __slots__ = ("joined", "left", "was")

    def __init__(self) -> None:
        self.joined: dict[Person, int] = {}
        self.left: dict[Person, int] = {}
        self.was: dict[Person, Person] = {}  # by the new name

    def __len__(self) -> int:
        return len(self.joined) + len(self.left)

    def came(self, person: Person, count: int = 1) -> None:
        _count(person, count, self.left, self.joined)

    def went(self, person: Person, count: int = 1) -> None:
        self.was.pop(person, None)
        _count(person, count, self.joined, self.left)

    def called(self, old: Person, new: Person) -> None:
        """Said before it went as the one and came as the other."""
        self.was[new] = self.was.pop(old, old)

    def add(self, later: "_Changes") -> None:
        for new, old in later.was.items():
            self.called(old, new)
        for person, count in later.left.items():
            self.went(person, count)
        for person, count in later.joined.items():
            self.came(person, count)

    def renamed(self, joined: Collection[Person], left: Collection[Person]) -> list[Renamed]:
        """Who of these is one under two names."""
        return [Renamed(old, new) for new, old in self.was.items() if new in joined and old in left]


def _count(person: Person, count: int, undoes: dict[Person, int], does: dict[Person, int]) -> None:
    undone = min(count, undoes.get(person, 0))
    if undone:
        undoes[person] -= undone
        if not undoes[person]:
            del undoes[person]
    if count > undone:
        does[person] = does.get(person, 0) + count - undone


class _Node:
    """Another gateway of the room: how many are there, and those whose names it tells."""

    __slots__ = ("heard_at", "labels", "members", "people", "seen")

    def __init__(self) -> None:
        self.heard_at = 0.0
        self.members = 0
        self.people: Counter[Person] = Counter()
        self.labels: dict[str, str] = {}  # and whose it is, by public id
        self.seen: list[Seen] = []


class Roster(Generic[R]):
    """The members of the room on this node, and who is on others. A version is a state that members can be told of."""

    def __init__(self) -> None:
        self.version = 0
        self._members: dict[R, str] = {}  # and by what it is found: the key of what people see
        self._owners: dict[str, R] = {}
        self._called: dict[str, R] = {}  # by what makes two names the same
        self._namesakes: dict[str, tuple[R, ...]] = {}  # all further ones: hardly ever any
        self._nodes: dict[str, _Node] = {}
        self._now = _Changes()
        self._is_changed = False
        self._past: deque[_Changes] = deque()

    def __len__(self) -> int:
        return len(self._members) + sum(node.members for node in self._nodes.values())

    def __contains__(self, member: R) -> bool:
        return member in self._members

    def members(self) -> list[R]:
        """All on this node, longest here first."""
        return list(self._members)

    def called(self, key: str) -> list[R]:
        """Those on this node whose name, or label, has this key. Addresses are looked for among all: seldom asked."""
        if key.startswith("("):
            return [member for member in self._members if name_key(member.label) == key]
        return self._found(key)

    def of(self, by: str) -> list[R]:
        """A person's connections on this node, by its public id."""
        return [member for member in self._members if member.by == by]

    def holder(self, owner: str) -> R | None:
        """The member that came in with this owner's session."""
        return self._owners.get(owner)

    def add(self, member: R) -> None:
        """Someone came."""
        self._owners[member.owner] = member
        self._come(member)

    def remove(self, member: R) -> None:
        """Someone left."""
        if self._owners.get(member.owner) is member:
            del self._owners[member.owner]
        self._go(member)
        del self._members[member]

    def rename(self, member: R, label: str) -> None:
        """Someone is called something else now."""
        self._now.called(_person(member), Person(label, member.via, member.by))
        self._go(member)
        member.label = label
        self._come(member)

    def guest_label(self, by: str) -> str:
        """What a guest is called: no label is somebody else's, here or on another node as far as is known."""
        for letters in range(GUEST_LETTERS, MAX_GUEST_LETTERS):
            if self.is_free(label := guest_label(by, letters), by):
                return label
        return guest_label(by, MAX_GUEST_LETTERS)

    def is_free(self, label: str, by: str) -> bool:
        """Whether a guest's label, which is its own key, is nobody else's, as far as is known."""
        for member in self._found(label):
            if member.by != by:
                return False
        return not self._nodes or all(node.labels.get(label, by) == by for node in self._nodes.values())

    def _come(self, member: R) -> None:
        key = self._members[member] = _key_of(member)
        if self._called.setdefault(key, member) is not member:
            self._namesakes[key] = (*self._namesakes.get(key, ()), member)
        self._now.came(_person(member))

    def _go(self, member: R) -> None:
        key = self._members[member]
        others = [each for each in self._found(key) if each is not member]
        self._called.pop(key)
        self._namesakes.pop(key, None)
        if others:
            self._called[key] = others[0]
        if others[1:]:
            self._namesakes[key] = tuple(others[1:])
        self._now.went(_person(member))

    def _found(self, key: str) -> list[R]:
        first = self._called.get(key)
        return [] if first is None else [first, *self._namesakes.get(key, ())]

    # --- other nodes ---

    def people(self) -> list[Person]:
        """Who is on this node: MAX_NAMES of them, for the others to know."""
        return [_person(member) for member in islice(self._members, MAX_NAMES)]

    def seats(self) -> list[tuple[str, int]]:
        """Where these people come from, and since when they are here, in the same order: for operators elsewhere."""
        return [(member.host, member.since) for member in islice(self._members, MAX_NAMES)]

    def hear(
        self,
        name: str,
        members: int,
        people: Sequence[Person],
        now: float,
        seats: Iterable[tuple[str, int]] = (),
    ) -> None:
        """Another node tells who is there; one of before tells no seats. Past MAX_NODES a new one is not heard."""
        if name not in self._nodes and len(self._nodes) >= MAX_NODES:
            return
        node = self._nodes.setdefault(name, _Node())
        there = Counter(people if members else ())
        node.seen = [_seen(*pair) for pair in zip(people, chain(seats, repeat(("", 0))), strict=False)]
        self._compare(node.people, there)
        self._is_changed |= members != node.members
        node.members, node.people, node.heard_at = members, there, now
        node.labels = {person.shown: person.by for person in there}
        if not members:
            del self._nodes[name]

    def _compare(self, before: Counter[Person], there: Counter[Person]) -> None:
        gone, new = before - there, there - before
        old = {(person.by, person.via): person for person in gone if person.by}
        for person in new:
            if (person.by, person.via) in old:
                self._now.called(old[person.by, person.via], person)
        for person, count in gone.items():
            self._now.went(person, count)
        for person, count in new.items():
            self._now.came(person, count)

    def forget_silent(self, since: float) -> None:
        """Nodes that told nothing since then are gone, with all who were there."""
        for name, node in list(self._nodes.items()):
            if node.heard_at < since:
                self.hear(name, 0, (), since)

    def elsewhere(self) -> Iterator[Seen]:
        """Who is on other nodes, as far as is known."""
        return chain.from_iterable(node.seen for node in self._nodes.values())

    # --- presence ---

    def advance(self) -> bool:
        """Make what changed since the last call a version. False if nothing did."""
        if not (self._now.joined or self._now.left or self._is_changed):
            return False
        self._is_changed = False
        self._past.append(self._now)
        while len(self._past) > MAX_VERSIONS or (len(self._past) > 1 and sum(map(len, self._past)) > MAX_KEPT):
            self._past.popleft()
        self._now = _Changes()
        self.version += 1
        return True

    def presence(self, since: int) -> Presence:
        """What changed from a version to the newest."""
        known = max(since, self.version - len(self._past))
        changes = _Changes()
        for later in islice(self._past, known - self.version + len(self._past), None):
            changes.add(later)
        more = known > since or max(len(changes.joined), len(changes.left)) > MAX_CHANGES
        joined, left = list(changes.joined)[:MAX_CHANGES], list(changes.left)[:MAX_CHANGES]
        return Presence(len(self), joined, left, more, changes.renamed(joined, left))

    def who(self) -> Who:
        """Who is here."""
        elsewhere = (person for node in self._nodes.values() for person in node.people.elements())
        return self._who([*self.people(), *islice(elsewhere, MAX_NAMES)])

    def who_for_operators(self) -> Who:
        """Who is here, from where and since when."""
        return self._who([*islice(chain(map(self.seen, self._members), self.elsewhere()), MAX_NAMES)])

    def seen(self, member: R) -> Seen:
        """One on this node, as operators see it."""
        return _seen(_person(member), (member.host, member.since))

    def _who(self, people: Sequence[Person]) -> Who:
        names = people[:MAX_NAMES]
        return Who(len(self), names, len(self) > len(names))


def _key_of(member: R) -> str:
    """By what it is found. A guest's label is its own key."""
    return guest_label(member.by) if member.label.startswith("(") else name_key(member.label)


def _person(member: R) -> Person:
    return Person(member.label, member.via, member.by)


def _seen(person: Person, seat: tuple[str, int]) -> Seen:
    host, since = seat
    return Seen(person.name, person.via, person.by, host, datetime.fromtimestamp(since // 1000, UTC) if since else None)
