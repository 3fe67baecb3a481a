"""What changed of who is here: who came, who left, who is called something else."""

from collections.abc import Collection

from ..people import Person, Renamed


class Changes:
    """Who came and who left. Who did both did neither. Who was renamed is among both, under two names."""

    __slots__ = ("joined", "left", "was")

    def __init__(self) -> None:
        self.joined: dict[Person, int] = {}
        self.left: dict[Person, int] = {}
        self.was: dict[Person, Person] = {}  # by the new name

    def __len__(self) -> int:
        return len(self.joined) + len(self.left)

    def came(self, person: Person, count: int = 1) -> None:
        """So many who look alike came."""
        _count(person, count, self.left, self.joined)

    def went(self, person: Person, count: int = 1) -> None:
        """So many who look alike went."""
        self.was.pop(person, None)
        _count(person, count, self.joined, self.left)

    def called(self, old: Person, new: Person) -> None:
        """Said before it went as the one and came as the other."""
        self.was[new] = self.was.pop(old, old)

    def add(self, later: "Changes") -> None:
        """What changed after this."""
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
