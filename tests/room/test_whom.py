"""Whom an operator means; what scenes show is in test_acts."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.messages import Draft, deletion_of, is_session, new_session, owner_of
from gateway.names import guest_label
from gateway.people import Person
from gateway.refusals import RefusedError
from gateway.room import whom as whom_module
from gateway.room.feed import Feed
from gateway.room.past import Past
from gateway.room.roster import Roster
from gateway.room.whom import (
    SAYINGS,
    Sayings,
    Target,
    called,
    key_of,
    speaker_of,
    spoke_as,
    visitor_owner,
    visitor_scope,
    whom,
)
from gateway.stores.memory import MemoryStore
from gateway.wires.events import Moderate

from ..samples import a_draft
from .test_roster import Someone


def a_room(*people: Someone) -> Roster[Someone]:
    roster: Roster[Someone] = Roster()
    for someone in people:
        roster.add(someone)
    return roster


async def meant(
    roster: Roster[Someone], store: MemoryStore, target: str, whole: str = ""
) -> list[tuple[str, str, int]]:
    found, seconds = await whom(Past(store, Feed(0)), roster, Moderate("ban", target, 60 if whole else 0, whole))
    return [(each.name, each.by, seconds) for each in found]


async def asked(roster: Roster[Someone], store: MemoryStore, target: str, whole: str = "") -> tuple[str, str]:
    """Why nobody is meant."""
    with pytest.raises(RefusedError) as refused:
        await meant(roster, store, target, whole)
    return refused.value.code, refused.value.detail


async def test_a_last_word_is_a_duration_unless_somebody_was_called_by_all_of_it() -> None:
    """Who was called `Al 1m`, and went, had Al banned in its place; and then kept Al from being banned."""
    store = MemoryStore(100, 10**6)
    drafts = [("Al 1m", "gone"), ("Bo", "left"), ("Bo 1m", "other"), ("Di", "di"), ("Di 1m", "di"), ("Ed 1m", "ed")]
    await store.append([a_draft(label=label, owner=owner) for label, owner in drafts])
    roster = a_room(Someone("1", "Al"))
    by = store.by_of
    assert await asked(roster, store, "Al", "Al 1m") == ("which-one", f"Al 1m [{by('gone')}], Al [by 1]")
    assert await meant(roster, store, "Al", "Al 2m") == [("Al", "by 1", 60)]
    roster.add(Someone("2", "AL 1m"))
    assert await asked(roster, store, "Al", "Al 1m") == ("which-one", "AL 1m [by 2], Al [by 1]")
    assert await asked(roster, store, "Bo", "Bo 1m") == ("which-one", f"Bo 1m [{by('other')}], Bo [{by('left')}]")
    assert await meant(roster, store, "Bo") == [("Bo", by("left"), 0)]
    assert await meant(roster, store, "Di", "Di 1m") == [("Di 1m", by("di"), 0)]  # one person
    assert await meant(roster, store, "Ed", "Ed 1m") == [("Ed 1m", by("ed"), 0)]
    assert await asked(roster, store, "Cy", "Cy 1m") == ("no-such-member", "Cy 1m")


async def test_an_address_is_nobodys_name_whatever_anybody_is_called() -> None:
    """Who had come by a name that looks like one kept operators from barring it."""
    names = ("2o3.0.113.9", "2o3.0.113.9 1m", "203.0.113.o/24", "fe8o::5")
    store, roster = MemoryStore(100, 10**6), a_room(*(Someone(name, name) for name in names))
    assert await meant(roster, store, "203.0.113.9", "203.0.113.9 1m") == [("203.0.113.9", "", 60)]
    assert await meant(roster, store, "203.0.113.0/24", "203.0.113.0/24 1m") == [("203.0.113.0/24", "", 60)]
    assert await meant(roster, store, "fe80::5%eth0", "fe80::5%eth0 1m") == [("fe80::5", "", 60)]
    await store.append([a_draft(label="203.0.113.9", owner="of before")])
    assert await meant(roster, store, "203.0.113.9") == [("203.0.113.9", "", 0)]


KIM, ALIKE = "Kim", "\u041a\u0456m"


async def test_who_has_come_as_a_look_alike_of_who_is_gone_may_be_meant() -> None:
    """The real one was banned in its place, with its address."""
    store, roster = MemoryStore(100, 10**6), a_room(Someone("1", "Al"))
    await store.append([a_draft(label=KIM, owner="kim")])
    kim = store.by_of("kim")
    assert await meant(roster, store, KIM) == [(KIM, kim, 0)]
    roster.add(alike := Someone("2", ALIKE))
    assert await asked(roster, store, KIM) == ("which-one", f"{KIM} [{kim}], {ALIKE} [by 2]")
    assert await asked(roster, store, KIM, f"{KIM} 1m") == ("which-one", f"{KIM} [{kim}], {ALIKE} [by 2]")
    assert await asked(roster, store, KIM.upper()) == ("which-one", f"{KIM} [{kim}], {ALIKE} [by 2]")
    assert await meant(roster, store, ALIKE) == [(ALIKE, "by 2", 0)]
    roster.remove(alike)
    roster.take_census("n2", 1, [Person(ALIKE, "web", "by 3")], 1.0)
    assert await asked(roster, store, KIM) == ("which-one", f"{KIM} [{kim}], {ALIKE} [by 3]")
    assert await asked(roster, store, "K\u0456m") == ("which-one", f"{ALIKE} [by 3]")  # whom nobody else is


async def test_all_who_go_by_one_label_are_meant_and_a_person_once() -> None:
    roster = a_room(Someone("1", "('10.0.0.1', 5)", "tcp"), Someone("1", "('10.0.0.1', 5)", "tcp"))
    twin = Person("('10.0.0.1', 5)", "tcp", "by 2")
    roster.take_census("n2", 2, [twin, twin, Person("('10.0.0.1', 5)", "tcp")], 1.0)  # an old node's has no public id
    assert {target.by for target in called(roster, "('10.0.0.1', 5)")} == {"by 1", "by 2"}
    assert len(called(roster, "('10.0.0.1', 5)")) == 2


RAW = "('10.0.0.1', 5)"


@pytest.mark.parametrize("name", [RAW, RAW.upper(), guest_label("by 2"), guest_label("by 2").upper()])
async def test_a_raw_guest_goes_by_its_address_and_by_the_name_that_people_see(name: str) -> None:
    """Here, on another node, and when it is gone."""
    store = MemoryStore(100, 10**6)
    elsewhere = a_room()
    elsewhere.take_census("n2", 2, [Person(RAW, "tcp", "by 2"), Person("bob", "tcp", "by 3")], 1.0)
    for roster in (a_room(Someone("2", RAW, "tcp"), Someone("3", "bob")), elsewhere):
        assert await meant(roster, store, name) == [(guest_label("by 2"), "by 2", 0)]
    store.by_of = lambda owner: f"by {owner}"
    await store.append([a_draft(label=RAW, owner="2"), a_draft(label="bob", owner="3")])
    assert await meant(a_room(), store, name) == [(guest_label("by 2"), "by 2", 0)]


async def test_who_is_here_and_elsewhere_is_known_as_here() -> None:
    """Elsewhere nobody tells whose it is."""
    roster = a_room(Someone("1", "Ann"))
    roster.take_census("n2", 1, [Person("Ann", "web", "by 1")], 1.0)
    assert called(roster, "ann") == [Target("Ann", "by 1", "1")]


async def test_a_name_is_looked_for_as_far_back_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whom_module, "RECENT", 10)
    store = MemoryStore(100, 10**6)
    await store.append([a_draft(label="Ann", owner="o"), *(a_draft(label="x") for _ in range(9))])
    assert (await meant(a_room(), store, "ann"))[0][0] == "Ann"
    await store.append([a_draft(label="x")])
    with pytest.raises(RefusedError):
        await meant(a_room(), store, "ann")


async def test_and_no_further_than_so_many_bytes() -> None:
    store, texts = MemoryStore(100, 10**7), ["x" * (whom_module.RECENT_BYTES // 8)] * 8
    await store.append([a_draft(label="Ann", owner="o"), *(a_draft(text, label="x") for text in texts[:6])])
    assert (await meant(a_room(), store, "ann"))[0][0] == "Ann"
    await store.append([a_draft(text, label="x") for text in texts[6:]])
    with pytest.raises(RefusedError):
        await meant(a_room(), store, "ann")


async def test_of_a_message_without_an_owner_nobody_is_meant() -> None:
    store = MemoryStore(100, 10**6)
    await store.append([a_draft(label="Ann", owner="")])
    with pytest.raises(RefusedError):
        await meant(a_room(), store, "Ann")


def test_who_speaks_by_plain_requests_is_no_session_that_a_client_could_send() -> None:
    owners = {
        visitor_owner("203.0.113.9", None),
        visitor_owner("203.0.113.9", "ci"),
        visitor_owner("127.0.0.1", "from 203.0.113.9"),
        visitor_owner("127.0.0.1", "-from 203.0.113.9"),
        owner_of(new_session()),
    }
    assert len(owners) == 5
    assert visitor_owner("203.0.113.9", None) == visitor_owner("::ffff:203.0.113.9", None)
    assert (
        visitor_owner("2001:db8::1", None) == visitor_owner("2001:db8::2", None) != visitor_owner("2001:db9::1", None)
    )
    assert visitor_owner("203.0.113.9", "CI") == visitor_owner("198.51.100.7", "ci")


@given(st.text(), st.ip_addresses().map(str))
@example("from 203.0.113.9", "203.0.113.9")
@example("-from 203.0.113.9", "203.0.113.9")
def test_no_name_has_the_scope_of_an_addresss_guests_or_of_a_session(name: str, host: str) -> None:
    scopes = visitor_scope(host, name), visitor_scope(host, None)
    assert scopes[0] != scopes[1]
    assert not any(map(is_session, scopes))


def test_a_long_text_is_no_name_and_costs_nothing() -> None:
    text = "\ufdfa" * 1000
    assert key_of(text) == text
    assert key_of("Straße") == key_of("STRAßE") != key_of("Strasse")


def test_whom_a_target_covers() -> None:
    person = Target("Ann", "by 1")
    assert person.covers("by 1", "203.0.113.9")
    assert not person.covers("by 2", "203.0.113.9")
    assert not Target("nobody").covers("", "203.0.113.9")


def test_so_many_sayings_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whom_module, "SAYINGS", 3)
    sayings = Sayings()
    for origin in ("a", "b", "c", "a", "d"):
        sayings.note(origin, f"203.0.113.{ord(origin)}")
    assert [bool(sayings.host_of(origin)) for origin in "abcd"] == [True, False, True, True]
    assert sayings.host_of("a") == "203.0.113.97"
    sayings.note("e", "127.0.0.1")
    assert sayings.host_of("e") == ""
    assert sayings.host_of("c")


def test_what_is_not_said_again_pushes_out_nobody() -> None:
    """Ten thousand requests with one Idempotency-Key made an operator's ban miss the address."""
    sayings = Sayings()
    sayings.note("troll", "203.0.113.9")
    sayings.logged("troll")
    for number in range(2 * SAYINGS):
        sayings.note(f"again {number}", "203.0.113.7")
    assert sayings.host_of("troll") == "203.0.113.9"
    for number in range(SAYINGS):
        sayings.note(f"new {number}", "203.0.113.7")
        sayings.logged(f"new {number}")
    assert sayings.host_of("troll") == ""
    assert sayings.host_of(f"new {SAYINGS - 1}") == "203.0.113.7"


async def test_what_the_log_has_no_more_was_said_by_nobody() -> None:
    """Not by who said the next one."""
    store = MemoryStore(2, 10**6)
    await store.append([a_draft(owner=f"owner {number}") for number in range(5)])
    assert store.first == 4
    with pytest.raises(RefusedError, match="no-such-message"):
        await speaker_of(Past(store, Feed(0)), 3)
    assert (await speaker_of(Past(store, Feed(0)), 4)).owner == "owner 3"


async def test_who_took_back_all_that_it_said_is_meant_still() -> None:
    store, feed = MemoryStore(100, 10**6), Feed(0)
    await store.append([a_draft("abuse", label="Troll", owner="gone"), a_draft("hi", label="Ann", owner="ann")])
    feed.extend(await store.read(0, 10))
    await store.append([a_draft(deletion_of([1]), label="Op", owner="op", kind="deleted")])
    feed.extend(await store.read(2, 10))
    gone = store.by_of("gone")
    for request in (Moderate("ban", "Troll"), Moderate("ban", "", member=gone), Moderate("ban", "", seq=1)):
        ((target,), _) = await whom(Past(store, feed), a_room(), request)
        assert (target.name, target.by, target.owner) == ("Troll", gone, "gone")
    assert "abuse" not in str([*feed.bygone.newest_first()])


async def test_who_said_something_under_a_name_is_known_though_it_was_taken_back_the_last_one_first() -> None:
    store, feed = MemoryStore(100, 10**6), Feed(0)
    store.by_of = lambda owner: f"by {owner}"

    async def meant_after(*drafts: Draft) -> str:
        await store.append(drafts)
        feed.extend(await store.read(feed.head, 100))
        return ", ".join(each.owner for each in await spoke_as(Past(store, feed), "ann"))

    assert await meant_after(*(a_draft(label="Ann", owner=owner) for owner in "abca")) == "a, c, b"
    assert await meant_after(a_draft(deletion_of([1]), kind="deleted")) == "a, c, b"
    assert await meant_after(a_draft(deletion_of([3]), kind="deleted")) == "a, c, b"
    assert await meant_after(a_draft(label="Ann", owner="d"), a_draft(deletion_of([2]), kind="deleted")) == "d, a, c, b"


async def test_of_several_who_spoke_under_a_name_and_are_gone_it_is_asked_who_is_meant() -> None:
    """By one line of a script's a raider was nobody whom `/ban Mal` meant; or the script was meant in its place."""
    store = MemoryStore(100, 10**6)
    mal, script = store.by_of("mal"), store.by_of(visitor_owner("", "Mal"))
    await store.append([a_draft(label="Mal", owner="mal"), a_draft(label="Mal", owner=visitor_owner("", "Mal"))])
    assert await asked(a_room(), store, "Mal", "Mal 1m") == ("which-one", f"Mal [{script}], Mal [{mal}]")
    assert await meant(a_room(Someone("1", "mal")), store, "Mal") == [("mal", "by 1", 0)]  # who is here goes by it now
