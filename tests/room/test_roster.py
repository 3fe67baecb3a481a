"""Who is here; presence is what changed, whoever looks and whenever."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.messages import Via
from gateway.names import guest_label, shown_label
from gateway.people import Person, Renamed, Seen
from gateway.room import roster as roster_module
from gateway.room.roster import MAX_CHANGES, MAX_KEPT, MAX_NAMES, MAX_VERSIONS, Roster
from gateway.wires.answers import Presence, Who


@dataclass(eq=False)
class Someone:
    owner: str
    label: str
    via: Via = "web"
    by: str = ""
    host: str = "192.0.2.1"
    since: int = 1764000000123
    named: bool = False

    def __post_init__(self) -> None:
        self.by = f"by {self.owner}"

    @property
    def shown(self) -> str:
        return shown_label(self.label, self.by)


def names(people: Sequence[Person]) -> list[str]:
    return [person.name for person in people]


def test_who_comes_and_goes_at_once_is_told_of_to_nobody_but_who_was_told_of_it() -> None:
    roster: Roster[Someone] = Roster()
    ann, bob, cleo = Someone("1", "ann"), Someone("2", "bob"), Someone("3", "cleo")
    roster.add(ann)
    assert roster.counted() == 1
    roster.remove(ann)
    assert not roster.advance()
    roster.add(ann)
    roster.advance()
    for told in (roster.counted, roster.who, roster.who_for_operators):
        for each in (bob, cleo):
            roster.add(each)
        told()
        for each in (bob, cleo):
            roster.remove(each)
        assert roster.advance()
        assert roster.presence(roster.version - 1) == Presence(1, [], [], more=False, renamed=[])
        assert not roster.advance()
        told()
        assert not roster.advance()


def test_coming_renaming_and_going() -> None:
    roster: Roster[Someone] = Roster()
    ann, bob = Someone("1", "ann"), Someone("2", "bob", "tcp")
    roster.add(ann)
    roster.add(bob)
    assert roster.advance()
    told = roster.presence(0)
    assert (told.members, names(told.joined), told.left, told.more) == (2, ["ann", "bob"], [], False)
    roster.rename(bob, "bert")
    roster.remove(ann)
    roster.advance()
    told = roster.presence(1)
    assert (told.members, names(told.joined), names(told.left)) == (1, ["bert"], ["bob", "ann"])
    assert told.renamed == [Renamed(Person("bob", "tcp", "by 2"), Person("bert", "tcp", "by 2"))]
    assert roster.presence(0).renamed == []  # whom nobody had heard of by the other name
    assert roster.who().names == [Person("bert", "tcp", "by 2")]


def renamed(roster: Roster[Someone], since: int) -> list[tuple[str, str]]:
    return [(each.old.name, each.new.name) for each in roster.presence(since).renamed]


def test_a_rename_is_told_from_the_first_name_to_the_last() -> None:
    roster: Roster[Someone] = Roster()
    roster.add(ann := Someone("1", "guest-a"))
    roster.advance()
    for version, (old, new) in enumerate(pairwise(("guest-a", "Ann", "Anna", "guest-a", "Annie")), 1):
        roster.rename(ann, new)
        assert roster.advance()
        assert renamed(roster, version) == [(old, new)]
    assert renamed(roster, 1) == [("guest-a", "Annie")]
    assert renamed(roster, 3) == [("Anna", "Annie")]
    assert renamed(roster, 4) == [("guest-a", "Annie")]
    roster.rename(ann, "x")
    roster.rename(ann, "Annie")
    assert not roster.advance()
    roster.rename(ann, "x")
    roster.remove(ann)
    roster.advance()
    assert renamed(roster, 1) == []


def test_only_who_is_named_in_both_lists_is_named_as_renamed() -> None:
    roster: Roster[Someone] = Roster()
    people = [Someone(f"{number}", f"n{number}") for number in range(MAX_CHANGES + 5)]
    for someone in people:
        roster.add(someone)
    roster.advance()
    for someone in people:
        roster.rename(someone, f"m{someone.owner}")
    roster.advance()
    assert len(renamed(roster, 1)) == MAX_CHANGES
    assert len(roster._past[-1].was) == MAX_CHANGES + 5
    for someone in people:
        roster.remove(someone)
    assert roster._now.was == {}


def test_a_rename_on_another_node_is_one_too() -> None:
    roster: Roster[Someone] = Roster()
    guest, ann = Person("('192.0.2.1', 5000)", "tcp", "by a"), Person("Ann", "tcp", "by a")
    nobody = Person("old", "web")
    roster.take_census("there", 2, [guest, nobody], 0.0)
    roster.advance()
    roster.take_census("there", 2, [ann, Person("new", "web")], 1.0)
    roster.advance()
    assert roster.presence(1).renamed == [Renamed(guest, ann)]


def test_who_is_called_by_an_address_is_found_as_the_guest_that_people_see() -> None:
    roster: Roster[Someone] = Roster()
    raw = Someone("1", "('192.0.2.1', 5000)", "tcp")
    roster.add(raw)
    shown = guest_label("by 1")
    assert roster.called(shown) == roster.called("('192.0.2.1', 5000)") == [raw]
    assert roster.guest_label("by 1") == shown
    roster.rename(raw, "Ann")
    assert roster.called(shown) == []
    roster.remove(raw)
    assert roster.called("ann") == []


def test_nothing_changed_is_no_version() -> None:
    roster: Roster[Someone] = Roster()
    assert not roster.advance()
    ann = Someone("1", "ann")
    roster.add(ann)
    roster.remove(ann)
    assert not roster.advance()
    assert roster.version == 0


def test_a_person_is_in_from_its_first_connection_to_its_last() -> None:
    roster: Roster[Someone] = Roster()
    first, second, third = Someone("1", "ann", named=True), Someone("1", "guest-a"), Someone("1", "guest-a", "tcp")
    roster.add(first)
    assert roster.advance()
    for more in (second, third):
        roster.add(more)
        assert (more.label, more.named) == ("ann", True)
    assert not roster.advance()
    assert (len(roster), roster.here, roster.members()) == (1, 1, [first, second, third])
    assert roster.who() == Who(1, roster.people(), more=False) == Who(1, [Person("ann", "web", "by 1")], more=False)
    roster.rename(second, "anna")
    assert roster.advance()
    assert roster.presence(1).renamed == [Renamed(Person("ann", "web", "by 1"), Person("anna", "web", "by 1"))]
    assert {each.label for each in (first, second, third)} == {"anna"}
    roster.remove(first)
    assert (roster.holder("1"), roster.connections("1"), roster.called("anna")) == (second, (second, third), [second])
    assert not roster.advance()
    roster.remove(second)
    assert roster.advance()  # it is shown by how the next came
    assert roster.presence(2).joined == roster.people() == [Person("anna", "tcp", "by 1")]
    roster.remove(third)
    assert roster.advance()
    assert roster.presence(3).left == [Person("anna", "tcp", "by 1")]
    assert (roster.holder("1"), roster.connections("1"), roster.here) == (None, (), 0)
    for kept in (roster._members, roster._people, roster._further, roster._called, roster._namesakes):
        assert not kept


def test_who_is_renamed_and_goes_on_by_another_connection_was_renamed() -> None:
    roster: Roster[Someone] = Roster()
    first, second = Someone("1", "ann"), Someone("1", "ann")
    roster.add(first)
    roster.add(second)
    roster.advance()
    roster.rename(first, "bob")
    roster.remove(first)
    roster.advance()
    assert renamed(roster, 1) == [("ann", "bob")]


def test_lists_are_bounded() -> None:
    roster: Roster[Someone] = Roster()
    for number in range(MAX_NAMES + 1):
        roster.add(Someone(str(number), f"n{number}"))
    roster.advance()
    told = roster.presence(0)
    assert (told.members, len(told.joined), told.more) == (MAX_NAMES + 1, MAX_CHANGES, True)
    who = roster.who()
    assert (who.members, len(who.names), who.more) == (MAX_NAMES + 1, MAX_NAMES, True)
    assert len(roster.people()) == len(roster.seats()) == MAX_NAMES
    for someone in roster.members()[: MAX_CHANGES + 1]:
        roster.remove(someone)
    roster.advance()
    told = roster.presence(1)
    assert (told.joined, len(told.left), told.more) == ([], MAX_CHANGES, True)


def test_as_many_as_a_list_may_hold_are_all() -> None:
    roster: Roster[Someone] = Roster()
    for number in range(MAX_NAMES - MAX_CHANGES):
        roster.add(Someone(str(number), f"n{number}"))
    roster.advance()
    last = [Someone(str(number), f"n{number}") for number in range(MAX_NAMES - MAX_CHANGES, MAX_NAMES)]
    for each in last:
        roster.add(each)
    roster.advance()
    told, who = roster.presence(1), roster.who()
    assert (len(told.joined), told.more, len(who.names), who.more) == (MAX_CHANGES, False, MAX_NAMES, False)
    for each in last:
        roster.remove(each)
    roster.advance()
    told = roster.presence(2)
    assert (len(told.left), told.more) == (MAX_CHANGES, False)


def test_what_is_too_long_ago_is_more_however_few_have_come() -> None:
    roster: Roster[Someone] = Roster()
    roster.add(Someone("1", "early"))
    roster.advance()
    for _ in range(MAX_VERSIONS):
        roster.add(ann := Someone("2", "ann"))
        roster.advance()
        roster.remove(ann)
        roster.advance()
    assert roster.presence(0).more
    assert not roster.presence(roster.version - 1).more


def test_what_is_too_long_ago_is_more() -> None:
    roster: Roster[Someone] = Roster()
    for number in range(MAX_VERSIONS + 5):
        roster.add(Someone(str(number), f"n{number}"))
        roster.advance()
    assert roster.presence(0).more
    assert names(roster.presence(MAX_VERSIONS + 3).joined) == [f"n{MAX_VERSIONS + 3}", f"n{MAX_VERSIONS + 4}"]


def test_of_many_who_came_and_went_so_many_are_kept_and_the_newest_version_whole() -> None:
    """64 who were away since different versions cost everybody a second when each of these had hundreds."""
    roster: Roster[Someone] = Roster()
    for version in range(10):
        for number in range(MAX_KEPT // 4):
            roster.add(Someone(f"{version}-{number}", f"n{version}-{number}"))
        roster.advance()
    assert not [version for version in range(10) if roster.presence(version).members != 10 * (MAX_KEPT // 4)]
    assert sum(map(len, roster._past)) <= MAX_KEPT
    for number in range(2 * MAX_KEPT):
        roster.add(Someone(f"all {number}", f"all {number}"))
    roster.advance()
    assert len(roster._past) == 1
    for number in range(3):
        roster.add(Someone(f"late {number}", f"late {number}"))
        roster.advance()
    last = roster.presence(roster.version - 3)
    assert (names(last.joined), last.more) == (["late 0", "late 1", "late 2"], False)


class Tabs(RuleBasedStateMachine):
    """Some people, each with some connections, which come, go and are renamed in any order, here and elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.roster: Roster[Someone] = Roster()
        self.there: list[Person] = []
        self.history: list[Counter[Person]] = [Counter()]

    @rule(owner=st.sampled_from("abc"), via=st.sampled_from(["tcp", "web"]))
    def join(self, owner: str, via: Via) -> None:
        is_new = self.roster.holder(owner) is None
        came = Someone(owner, f"guest-{owner}", via)
        self.roster.add(came)
        assert is_new or came.label == self.roster.connections(owner)[0].label

    @precondition(lambda self: self.roster.members())
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.roster.remove(data.draw(st.sampled_from(self.roster.members())))

    @precondition(lambda self: self.roster.members())
    @rule(data=st.data(), name=st.sampled_from(["Ann", "ann", "Bob"]))
    def rename(self, data: st.DataObject, name: str) -> None:
        self.roster.rename(data.draw(st.sampled_from(self.roster.members())), name)

    @rule(owners=st.frozensets(st.sampled_from("abcd")), name=st.sampled_from(["Ann", "there"]))
    def hear(self, owners: frozenset[str], name: str) -> None:
        self.there = [Person(name, "web", f"by {owner}") for owner in sorted(owners)]
        self.roster.take_census("n2", len(self.there), self.there, 1.0)

    @rule()
    def advance(self) -> None:
        if self.roster.advance():
            self.history.append(self.who())
        assert self.history[-1] == self.who()

    def who(self) -> Counter[Person]:
        """Who is in, by its oldest connection."""
        oldest = {each.owner: each for each in reversed(self.roster.members())}.values()
        return Counter([*(Person(each.label, each.via, each.by) for each in oldest), *self.there])

    @invariant()
    def presence_from_any_version_leads_to_who_is_here(self) -> None:
        for since, before in enumerate(self.history):
            told = self.roster.presence(since)
            # The lists name each once, however many look alike: nobody on one node does.
            assert {*told.joined} == {*(self.history[-1] - before)}
            assert {*told.left} == {*(before - self.history[-1])}
            for each in told.renamed:
                assert each.old.by == each.new.by

    @invariant()
    def a_person_counts_once(self) -> None:
        owners = {each.owner for each in self.roster.members()}
        assert self.roster.here == len(owners) == len(self.roster.people()) == len(self.roster.seats())
        assert len(self.roster) == self.roster.who().members == len(owners) + len(self.there)
        assert Counter(self.roster.who().names) == self.who()

    @invariant()
    def all_its_connections_are_called_the_same_and_found_by_it(self) -> None:
        for each in self.roster.members():
            connections = self.roster.connections(each.owner)
            assert each in connections
            assert {(one.label, one.named) for one in connections} == {(each.label, each.named)}
            assert connections[0] in self.roster.called(each.label.casefold())
        assert len(self.roster.members()) == sum(len(self.roster.connections(owner)) for owner in "abc")


test_any_people_with_any_tabs = Tabs.TestCase


@pytest.fixture
def one_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first six letters of all guests are the same, as if somebody had searched for them."""

    def label(by: str, letters: int) -> str:
        return "guest-" + "abcdef"[:letters] + guest_label(by, letters)[12:]

    monkeypatch.setattr(roster_module, "guest_label", label)


@pytest.mark.usefixtures("one_label")
def test_no_label_is_held_twice_and_a_person_keeps_its_own() -> None:
    roster: Roster[Someone] = Roster()
    seen = set()
    for number in range(40):
        guest = Someone(str(number), roster.guest_label(f"by {number}"))
        roster.add(guest)
        assert roster.guest_label(guest.by) == guest.label
        seen.add(guest.label)
    assert len(seen) == 40
    assert {len(label) for label in seen} > {12, 13}
    first, *_ = roster.members()
    roster.remove(first)
    assert roster.guest_label("by new") == "guest-abcdef"


@pytest.mark.usefixtures("one_label")
def test_nor_is_one_that_another_node_tells_of() -> None:
    roster: Roster[Someone] = Roster()
    roster.take_census("n2", 2, [Person("guest-abcdef", "web", "by 1")], 1.0)
    assert roster.guest_label("by 1") == "guest-abcdef"
    assert len(roster.guest_label("by 2")) == 13
    roster.take_census("n2", 0, [], 2.0)
    assert roster.guest_label("by 2") == "guest-abcdef"
    roster.take_census("old", 1, [Person("guest-abcdef", "web")], 3.0)  # it tells no public ids
    assert len(roster.guest_label("by 2")) == 13


@pytest.mark.usefixtures("one_label")
def test_nor_is_one_that_any_of_the_other_nodes_tells_of() -> None:
    roster: Roster[Someone] = Roster()
    roster.take_census("n2", 1, [Person("guest-abcdef", "web", "by 1")], 1.0)
    roster.take_census("n3", 1, [Person("bob", "web", "by b")], 1.0)
    assert len(roster.guest_label("by 2")) == 13


@pytest.mark.parametrize("name", ["('192.0.2.1', 5000)", guest_label("by 1")])
def test_nor_is_one_by_which_an_address_on_another_node_is_shown(name: str) -> None:
    roster: Roster[Someone] = Roster()
    label = guest_label("by 1")
    roster.take_census("n2", 1, [Person(name, "tcp", "by 1")], 1.0)
    assert roster.is_free(label, "by 1")
    assert not roster.is_free(label, "by 2")


def test_who_is_called_so_by_what_makes_two_names_the_same() -> None:
    roster: Roster[Someone] = Roster()
    ann, strasse = Someone("1", "Ann B"), Someone("2", "Straße")
    roster.add(ann)
    roster.add(strasse)
    assert roster.called("ann b") == [ann]
    assert roster.called("straße") == [strasse]
    assert roster.called("strasse") == []
    roster.rename(ann, "Bob")
    assert (roster.called("ann b"), roster.called("bob")) == ([], [ann])
    again = Someone("1", "BOB")
    roster.add(again)
    assert (roster.called("bob"), roster.of("by 1"), again.label) == ([ann], [ann, again], "Bob")
    roster.remove(ann)
    assert roster.called("bob") == [again]
    roster.remove(again)
    assert roster.called("bob") == roster.of("by 1") == []
    roster.remove(strasse)
    assert not roster._called


def test_operators_see_more_of_who_is_here_and_the_others_are_told_no_more() -> None:
    roster: Roster[Someone] = Roster()
    roster.add(Someone("1", "ann"))
    people = [Person("bob", "tcp", "by 2"), Person("carl", "web", "by 3")]
    roster.take_census("n2", 2, people, 1.0, [("198.51.100.7", 1764000001999)])  # an old node tells fewer, or none
    seen = [Seen("ann", "web", "by 1", "192.0.2.1", datetime(2025, 11, 24, 16, tzinfo=UTC))]
    bob = Seen("bob", "tcp", "by 2", "198.51.100.7", datetime(2025, 11, 24, 16, 0, 1, tzinfo=UTC))
    assert roster.who_for_operators() == Who(3, [*seen, bob, Seen("carl", "web", "by 3")], more=False)
    roster.advance()
    for told in (roster.who().names, roster.presence(0).joined, roster.people()):
        assert not any(isinstance(person, Seen) for person in told)
    assert roster.seats() == [("192.0.2.1", 1764000000123)]


def test_what_operators_see_is_bounded_too() -> None:
    roster: Roster[Someone] = Roster()
    for number in range(MAX_NAMES):
        roster.add(Someone(str(number), f"n{number}"))
    roster.take_census("n2", 1, [Person("bob", "tcp", "by b")], 1.0)
    who = roster.who_for_operators()
    assert (who.members, len(who.names), who.more) == (MAX_NAMES + 1, MAX_NAMES, True)


# --- other nodes --------------------------------------------------------------------------------------------------


def test_who_is_on_other_nodes_counts_comes_and_goes() -> None:
    roster: Roster[Someone] = Roster()
    roster.add(Someone("1", "ann"))
    roster.take_census("n2", 3, [Person("bob", "tcp"), Person("guest-a", "web"), Person("guest-a", "web")], 1.0)
    assert roster.advance()
    told = roster.presence(0)
    assert (told.members, names(told.joined), names(told.left)) == (4, ["ann", "bob", "guest-a"], [])
    assert (roster.who().members, names(roster.who().names)) == (4, ["ann", "bob", "guest-a", "guest-a"])
    assert names([*roster.elsewhere()]) == ["bob", "guest-a", "guest-a"]
    roster.take_census("n2", 2, [Person("guest-a", "web"), Person("carl", "web")], 2.0)
    roster.advance()
    told = roster.presence(1)
    assert (told.members, names(told.joined), set(names(told.left))) == (3, ["carl"], {"bob", "guest-a"})


def test_a_number_that_changes_is_a_change_and_the_same_again_is_none() -> None:
    roster: Roster[Someone] = Roster()
    roster.take_census("n2", 900, [Person("bob", "tcp")], 1.0)
    assert roster.advance()
    roster.take_census("n2", 900, [Person("bob", "tcp")], 2.0)
    assert not roster.advance()
    roster.take_census("n2", 901, [Person("bob", "tcp")], 3.0)
    assert roster.advance()
    assert roster.who().more


def test_a_silent_node_is_forgotten_and_one_that_goes_too() -> None:
    roster: Roster[Someone] = Roster()
    roster.take_census("n2", 1, [Person("bob", "tcp")], 1.0)
    roster.take_census("n3", 1, [Person("carl", "web")], 5.0)
    roster.advance()
    roster.forget_silent(4.0)
    assert roster.advance()
    assert (len(roster), names(roster.presence(1).left)) == (1, ["bob"])
    roster.take_census("n3", 0, [], 6.0)
    assert roster.advance()
    assert len(roster) == 0


def test_what_one_node_tells_is_not_hidden_by_another_that_tells_the_same_again() -> None:
    roster: Roster[Any] = Roster()
    for node in ("n1", "n2"):
        roster.take_census(node, 700, (), 0.0)
    assert roster.advance()
    roster.take_census("n1", 701, (), 1.0)
    roster.take_census("n2", 700, (), 1.0)
    assert roster.advance()
