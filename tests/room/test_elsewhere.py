"""Who is on other nodes, as these tell; what the room makes of that is in test_roster."""

from collections.abc import Sequence

from gateway.people import Person, Seen
from gateway.room.changes import Changes
from gateway.room.elsewhere import MAX_NODES, Elsewhere

ANN, BOB, GUEST = Person("Ann", "web", "by a"), Person("bob", "tcp", "by b"), Person("guest-a", "web")


class Told:
    """Other nodes, and what changed since that was looked at."""

    def __init__(self) -> None:
        self.elsewhere = Elsewhere()
        self.changes = Changes()

    def take_census(self, name: str, members: int, people: Sequence[Person], now: float = 0.0) -> bool:
        return self.elsewhere.take_census(name, members, people, now, (), self.changes)

    def look(self) -> tuple[dict[Person, int], dict[Person, int]]:
        """Who came, and who left."""
        changes, self.changes = self.changes, Changes()
        return changes.joined, changes.left


def test_who_comes_and_goes_is_noted_and_whether_the_number_is_another() -> None:
    told = Told()
    assert told.take_census("n2", 4, [ANN, GUEST, GUEST])
    assert told.take_census("n3", 1, [BOB])
    assert (len(told.elsewhere), told.look()) == (5, ({ANN: 1, GUEST: 2, BOB: 1}, {}))
    assert not told.take_census("n2", 4, [GUEST, BOB])
    assert told.look() == ({BOB: 1}, {ANN: 1, GUEST: 1})
    assert [*told.elsewhere.people()] == [GUEST, BOB, BOB]
    assert {type(each) for each in told.elsewhere.seen()} == {Seen}
    assert [each.name for each in told.elsewhere.seen()] == ["guest-a", "bob", "bob"]


def test_a_node_that_told_nothing_for_long_is_gone_with_all_who_were_there() -> None:
    told = Told()
    told.take_census("n2", 1, [ANN], 1.0)
    told.take_census("n3", 1, [BOB], 4.0)
    told.look()
    assert told.elsewhere.forget_silent(4.0, told.changes)
    assert (len(told.elsewhere), told.look()) == (1, ({}, {ANN: 1}))
    assert not told.elsewhere.forget_silent(4.0, told.changes)
    assert told.look() == ({}, {})


def test_a_node_without_members_tells_of_nobody_and_there_are_so_many_nodes_at_most() -> None:
    told = Told()
    assert not told.take_census("n0", 0, [BOB])
    assert told.look() == ({}, {})
    for number in range(MAX_NODES):
        assert told.take_census(f"n{number}", 1, [Person(f"x{number}", "tcp")])
    assert not told.take_census("one too many", 1, [ANN])
    assert (len(told.elsewhere), ANN in told.look()[0]) == (MAX_NODES, False)
    assert told.take_census("n0", 2, [])
    assert len(told.elsewhere) == MAX_NODES + 1


def test_a_label_is_free_if_no_node_tells_of_another_who_has_it() -> None:
    told = Told()
    assert told.elsewhere.is_free("Ann", "by b")
    told.take_census("n2", 1, [ANN])
    told.take_census("n3", 1, [BOB])
    assert [told.elsewhere.is_free("Ann", by) for by in ("by a", "by b")] == [True, False]
