"""Who is here, under which name, from which session; and what changed since somebody last looked."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Generic, Protocol, TypeVar

from ..messages import Via
from ..names import GUEST_LETTERS, MAX_GUEST_LETTERS, guest_label, name_key
from ..people import Person, Seen
from ..wires.answers import Presence, Who
from .changes import Changes
from .elsewhere import Elsewhere, Seat, seen_at

MAX_NAMES = 500
MAX_CHANGES = 20
MAX_VERSIONS = 64
MAX_KEPT = 1000
"""How many versions back presence can name who came and went, and how many of these; unless one version alone has more.
For what is older it tells the number alone.
"""


class Resident(Protocol):
    """A member as the roster sees it: a connection. Those of one `owner` are one person, under one label."""

    owner: str
    by: str
    label: str
    named: bool
    """Whether the label is a name that the store gave it."""
    host: str
    since: int
    """When it came, in milliseconds since 1970."""

    @property
    def via(self) -> Via:
        """How it came."""

    @property
    def shown(self) -> str:
        """The name that people see."""


R = TypeVar("R", bound=Resident)


class Roster(Generic[R]):
    """Who is in the room on this node, and who is on others. A version is a state that members can be told of.

    A person is in from its first connection to its last, and counts once. It is shown and found by the oldest of those
    that are there; nearly all have no other.
    """

    def __init__(self) -> None:
        self.version = 0
        self._members: dict[R, str] = {}  # and by what it is found: the key of what people see; empty if by another one
        self._people: dict[str, R] = {}  # by owner, the oldest connection of each
        self._further: dict[str, tuple[R, ...]] = {}  # the others, of who has some
        self._called: dict[str, R] = {}  # by what makes two names the same
        self._namesakes: dict[str, tuple[R, ...]] = {}  # all further ones: hardly ever any
        self._elsewhere = Elsewhere()
        self._now = Changes()
        self._is_changed = False  # the number, or what somebody was told of it
        self._past: deque[Changes] = deque()

    def __len__(self) -> int:
        return self.here + len(self._elsewhere)

    def __contains__(self, member: R) -> bool:
        return member in self._members

    def counted(self) -> int:
        """How many people are here, for one who has just come: if of the others who did one goes at once, it hears."""
        self._is_changed |= len(self._now) > 1
        return len(self)

    @property
    def here(self) -> int:
        """How many people are on this node."""
        return len(self._people)

    def members(self) -> list[R]:
        """All connections on this node, longest here first."""
        return list(self._members)

    def called(self, key: str) -> list[R]:
        """Those on this node whose name, or label, has this key. Addresses are looked for among all: seldom asked."""
        if key.startswith("("):
            return [member for member in self._people.values() if name_key(member.label) == key]
        return self._found(key)

    def of(self, by: str) -> list[R]:
        """A person's connections on this node, by its public id."""
        return [member for member in self._members if member.by == by]

    def holder(self, owner: str) -> R | None:
        """The oldest connection of this owner; None if it is not in."""
        return self._people.get(owner)

    def connections(self, owner: str) -> tuple[R, ...]:
        """All of this owner, the oldest first."""
        first = self._people.get(owner)
        return () if first is None else (first, *self._further.get(owner, ()))

    def add(self, member: R) -> None:
        """Someone came; or one who is in, by one connection more, which is called as it is."""
        first = self._people.setdefault(member.owner, member)
        if first is member:
            self._file(member)
            self._now.came(_person(member))
            return
        member.label, member.named = first.label, first.named
        self._members[member] = ""
        self._further[member.owner] = (*self._further.get(member.owner, ()), member)

    def remove(self, member: R) -> None:
        """Someone left; or one of its connections."""
        owner = member.owner
        if owner not in self._further:
            self._unfile(member)
            self._now.went(_person(member))
            del self._people[owner]
        else:
            first, *further = [each for each in self.connections(owner) if each is not member]
            if self._people[owner] is member:
                self._hand_over(member, first)
            self._further[owner] = tuple(further)
            if not further:
                del self._further[owner]
        del self._members[member]

    def rename(self, member: R, label: str, *, named: bool = True) -> None:
        """A member's person is called something else now."""
        first = self._people[member.owner]
        old, new = _person(first), Person(label, first.via, first.by)
        self._unfile(first)
        for each in self.connections(member.owner):
            each.label, each.named = label, named
        self._file(first)
        self._now.called(old, new)
        self._now.went(old)
        self._now.came(new)

    def _hand_over(self, old: R, new: R) -> None:
        """A person's oldest connection is another now. If it came by another way, it is shown so."""
        self._people[old.owner] = new
        self._unfile(old)
        self._file(new)
        if old.via != new.via:
            self._now.went(_person(old))
            self._now.came(_person(new))

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
        return self._elsewhere.is_free(label, by)

    def _file(self, member: R) -> None:
        key = self._members[member] = _key_of(member)
        if self._called.setdefault(key, member) is not member:
            self._namesakes[key] = (*self._namesakes.get(key, ()), member)

    def _unfile(self, member: R) -> None:
        key = self._members[member]
        others = [each for each in self._found(key) if each is not member]
        self._called.pop(key)
        self._namesakes.pop(key, None)
        if others:
            self._called[key] = others[0]
        if others[1:]:
            self._namesakes[key] = tuple(others[1:])

    def _found(self, key: str) -> list[R]:
        first = self._called.get(key)
        return [] if first is None else [first, *self._namesakes.get(key, ())]

    # --- other nodes ---

    def people(self) -> list[Person]:
        """Who is on this node: MAX_NAMES of them, for the others to know."""
        return [_person(member) for member in islice(self._people.values(), MAX_NAMES)]

    def seats(self) -> list[Seat]:
        """Where these people come from, and since when they are here, in the same order: for operators elsewhere."""
        return [(member.host, member.since) for member in islice(self._people.values(), MAX_NAMES)]

    def take_census(
        self, name: str, members: int, people: Sequence[Person], now: float, seats: Iterable[Seat] = ()
    ) -> None:  # fmt: skip
        """Another node tells who is there; one of before tells no seats."""
        self._is_changed |= self._elsewhere.take_census(name, members, people, now, seats, self._now)

    def forget_silent(self, since: float) -> None:
        """Nodes that told nothing since then are gone, with all who were there."""
        self._is_changed |= self._elsewhere.forget_silent(since, self._now)

    def nodes(self) -> list[str]:
        """The names of the other nodes where somebody is."""
        return self._elsewhere.names()

    def elsewhere(self) -> Iterator[Seen]:
        """Who is on other nodes, as far as is known."""
        return self._elsewhere.seen()

    # --- presence ---

    def advance(self) -> bool:
        """Make what changed since the last call a version. False if nothing did."""
        if not (self._now.joined or self._now.left or self._is_changed):
            return False
        self._is_changed = False
        self._past.append(self._now)
        while len(self._past) > MAX_VERSIONS or (len(self._past) > 1 and sum(map(len, self._past)) > MAX_KEPT):
            self._past.popleft()
        self._now = Changes()
        self.version += 1
        return True

    def presence(self, since: int) -> Presence:
        """What changed from a version to the newest."""
        known = max(since, self.version - len(self._past))
        changes = Changes()
        for later in islice(self._past, known - self.version + len(self._past), None):
            changes.add(later)
        more = known > since or max(len(changes.joined), len(changes.left)) > MAX_CHANGES
        joined, left = list(changes.joined)[:MAX_CHANGES], list(changes.left)[:MAX_CHANGES]
        return Presence(len(self), joined, left, more, changes.renamed(joined, left))

    def who(self) -> Who:
        """Who is here."""
        return self._who([*self.people(), *islice(self._elsewhere.people(), MAX_NAMES)])

    def who_for_operators(self) -> Who:
        """Who is here, from where and since when."""
        return self._who([*islice(chain(map(self.seen, self._people.values()), self.elsewhere()), MAX_NAMES)])

    def seen(self, member: R) -> Seen:
        """One on this node, as operators see it."""
        return seen_at(_person(member), (member.host, member.since))

    def _who(self, people: Sequence[Person]) -> Who:
        self._is_changed |= len(self._now) > 0
        names = people[:MAX_NAMES]
        return Who(len(self), names, len(self) > len(names))


def _key_of(member: R) -> str:
    """By what it is found. A guest's label is its own key."""
    return guest_label(member.by) if member.label.startswith("(") else name_key(member.label)


def _person(member: R) -> Person:
    return Person(member.label, member.via, member.by)
