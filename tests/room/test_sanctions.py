"""Bans and mutes: which addresses a network holds, who is under what, and for how long."""

import json
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.addresses import unmapped
from gateway.guard.gate import address_group, is_loopback
from gateway.room.sanctions import (
    SLOW,
    Note,
    Rules,
    Sanctions,
    address_of,
    barred_network,
    encode_note,
    network_subject,
    networks_of,
    person_subject,
    stored_notes,
    text_of,
)
from gateway.stores.memory import MemoryStore
from gateway.stores.nodes import Acted

from ..tables import each_of

NOTE = Note("Ann", "Op", 0, "Ann-Ann_Ann0")
V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


def by_of(owner: str) -> str:
    return f"by {owner}"


@each_of(
    ("text", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9/32", "203.0.113.9"),
        ("203.0.113.9/24", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9/120", "203.0.113.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::ffff:0:0/95", "::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:DB8::1/128", "2001:db8::/64"),
        ("2001:db8::/48", "2001:db8::/48"),
        ("fe80::1%eth0", "fe80::1"),
        ("64:ff9b::808:808", "8.8.8.8"),
        ("64:ff9b::808:0/112", "8.8.0.0/16"),
        ("64:ff9b::/96", "64:ff9b::/64"),
    ],
)
def test_networks(text: str, expected: str) -> None:
    network = barred_network(text)
    assert network is not None
    assert text_of(network) == expected
    assert barred_network(expected) == network


@each_of("text", ["", "Ann", "203.0.113", "203.0.113.9/33", "203.0.113.9 7d", "1", "10/8", "guest-a", "/24"])
def test_what_is_none(text: str) -> None:
    assert barred_network(text) is None


def test_what_is_longer_than_a_network_may_be_is_kept_nowhere() -> None:
    text = "".join(["x"] * 1000)
    references = sys.getrefcount(text)
    assert barred_network(text) is None
    assert sys.getrefcount(text) == references


@pytest.mark.parametrize("subject", ["address:\x1b[2J", "address:a b", "mute:address:\x9b2J"])
def test_an_address_with_controls_is_none(subject: str) -> None:
    assert address_of(subject) == ""
    assert not Rules({subject: Note("x", "x", 0)}, str).bans


@given(V4 | V6)
def test_one_address_counts_as_the_gate_counts_it(address: IPv4Address | IPv6Address) -> None:
    network = barred_network(str(address))
    assert network is not None
    if isinstance(address, IPv4Address) or address.ipv4_mapped is None:
        assert text_of(network) == address_group(str(address))


@given(V4 | V6, st.integers(0, 128), V4 | V6)
@example(ip_address("203.0.113.9"), 24, ip_address("203.0.113.255"))
@example(ip_address("203.0.113.9"), 24, ip_address("203.0.114.0"))
@example(ip_address("203.0.113.9"), 24, ip_address("::ffff:203.0.113.1"))
@example(ip_address("2001:db8::"), 128, ip_address("2001:db8::ffff"))
def test_who_is_in_a_network_is_under_what_it_is_under(
    address: IPv4Address | IPv6Address, bits: int, other: IPv4Address | IPv6Address
) -> None:
    network = barred_network(f"{address}/{min(bits, address.max_prefixlen)}")
    assert network is not None
    sanctions = Sanctions()
    sanctions.add_network(network, NOTE)
    for each in (address, other):
        expected = unmapped(each) in network and not is_loopback(str(each))
        assert (sanctions.of_host(str(each), 0) == NOTE) == expected


@given(st.sets(V4 | V6, max_size=8), st.none() | V4)
def test_a_persons_addresses_are_barred_but_ours_and_the_operators(
    hosts: set[IPv4Address | IPv6Address], spared: IPv4Address | None
) -> None:
    texts = [*map(str, hosts), "127.0.0.1", "::1", "?", ""]
    found = networks_of(texts, str(spared))
    for host in hosts:
        network = barred_network(str(host))
        is_spared = network in (barred_network(str(spared)), barred_network("::1"))
        is_barred = not is_loopback(str(host)) and not is_spared
        assert (network in found) == is_barred
    assert not any(network.network_address.is_loopback for network in found if network.prefixlen >= 8)


def test_a_person_is_one_by_session_or_by_public_id() -> None:
    rules = Rules({"session:a": NOTE, "person:by b": NOTE, "mute:session:c": NOTE, "mute:person:by d": NOTE}, by_of)
    assert [bool(rules.bans.of_person(f"by {owner}", 0)) for owner in "abcd"] == [True, True, False, False]
    assert [bool(rules.mutes.of_person(f"by {owner}", 0)) for owner in "abcd"] == [False, False, True, True]
    assert person_subject("ban", "by a", "a") == "session:a"
    assert person_subject("mute", "by d", "") == "mute:person:by d"


def test_nobody_is_no_person() -> None:
    rules = Rules(
        {"session:": NOTE, "person:": NOTE, "address:": NOTE, "address:?": NOTE, "what": NOTE}, lambda owner: ""
    )
    assert not rules.bans
    assert rules.bans.of_person("", 0) is None
    assert rules.bans.of_host("", 0) is None
    assert rules.bans.of_host("?", 0) is None


@pytest.mark.parametrize(("until", "now", "holds"), [(0, 10**15, True), (5, 4, True), (5, 5, False), (5, 6, False)])
def test_it_holds_until_its_time(until: int, now: int, holds: bool) -> None:
    note = Note("Ann", "Op", until)
    rules = Rules({"session:a": note, "address:203.0.113.0/24": note}, by_of)
    assert note.holds(now) == holds
    assert bool(rules.bans.of_person("by a", now)) == holds
    assert bool(rules.bans.of_host("203.0.113.9", now)) == holds
    assert rules.run_out(now) == ([] if holds else ["session:a", "address:203.0.113.0/24"])


@pytest.mark.parametrize("untils", [(0, 5), (5, 0), (5, 9), (9, 5)])
def test_of_two_for_one_the_longer_counts(untils: tuple[int, int]) -> None:
    first, second = (Note("Ann", "Op", until) for until in untils)
    rules = Rules({"session:a": first, "person:by a": second}, by_of)
    found = rules.bans.of_person("by a", 1)
    assert found is not None
    assert found.until == (0 if 0 in untils else 9)


@pytest.mark.parametrize("untils", [(5, 9), (9, 5), (9, 9), (5, 0), (0, 5)])
def test_of_an_address_a_place_and_a_wider_network_the_longest_counts(untils: tuple[int, int]) -> None:
    address, network = (Note("Ann", "Op", until) for until in untils)
    for narrow in ("address:203.0.113.9", "address:203.0.113.9%Ann-Ann_Ann0"):
        rules = Rules({narrow: address, "address:203.0.113.0/24": network}, by_of)
        found = [rules.bans.of_host("203.0.113.9", now) for now in (4, 6, 9)]
        assert [note and note.until for note in found] == ([0, 0, 0] if 0 in untils else [9, 9, None])


def test_what_a_person_is_under() -> None:
    subjects = {
        "session:a": NOTE,
        "address:203.0.113.9": Note("Ann", "Op", 0, "by a"),
        "mute:session:a": NOTE,
        "session:b": NOTE,
        SLOW: Note("slow", "Op", 0, seconds=5),
    }
    rules = Rules(subjects, by_of)
    assert {*rules.about("ban", "by a")} == {"session:a", "address:203.0.113.9"}
    assert {*rules.about("mute", "by a")} == {"mute:session:a"}
    assert {*rules.of("ban")} == {"session:a", "address:203.0.113.9", "session:b"}
    assert {*rules.of("mute")} == {"mute:session:a"}
    assert rules.slow == 5


@pytest.mark.parametrize(
    ("subject", "expected"), [("address:a", "a"), ("mute:address:b", "b"), ("session:a", ""), ("slow", "")]
)
def test_the_address_of_a_subject(subject: str, expected: str) -> None:
    assert address_of(subject) == expected
    network = ip_network("203.0.113.0/24")
    assert address_of(network_subject("mute", network)) == "203.0.113.0/24"


def test_two_that_know_the_same_have_the_same_digest() -> None:
    notes = {"session:a": NOTE, "session:b": Note("Bob", "Op", 5)}
    known = Rules(notes, by_of).digest
    assert Rules(dict(reversed(notes.items())), by_of).digest == known
    assert Rules({"session:a": NOTE}, by_of).digest != known
    assert Rules({**notes, "session:b": Note("Bob", "Op", 6)}, by_of).digest != known


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        '{"name":"","by":"Op","until":0}',
        '{"name":"Ann","by":"Op"}',
        '{"name":"Ann","by":"Op","until":-1}',
        '{"name":"Ann","by":"Op","until":1e30}',
        '{"name":"slow","by":"Op","until":0,"seconds":3601}',
        json.dumps({"name": "A" * 600, "by": "Op", "until": 0}),
    ],
)
async def test_what_is_no_note_is_left_out_and_the_others_are_not(note: str) -> None:
    store = MemoryStore(10, 10**6)
    await store.bans.put("session:bad", note)
    await store.bans.put("session:good", encode_note(NOTE))
    assert await stored_notes(store) == {"session:good": NOTE}
    assert store.skipped.count == 1


async def test_names_in_notes_are_cleaned() -> None:
    store = MemoryStore(10, 10**6)
    note: dict[str, Any] = {"name": "\x1b[0mAnn: hi", "by": "* Op", "until": 0, "new": 1}
    await store.bans.put("session:a", json.dumps(note))
    (found,) = (await stored_notes(store)).values()
    assert "\x1b" not in found.name
    assert ": " not in found.name
    assert "*" not in found.operator


def test_two_nodes_have_the_same_digest_if_they_know_the_same_and_no_other() -> None:
    known = [
        {},
        {SLOW: Note(SLOW, "Op", 0, seconds=30)},
        {SLOW: Note(SLOW, "Op", 0, seconds=60)},
        {"session:a": NOTE},
        {"session:a": Note("Ann", "Op", 5, "Ann-Ann_Ann0")},
        {"session:b": NOTE},
    ]
    assert len({Rules(notes, by_of).digest for notes in known}) == len(known)
    assert Rules(known[1], by_of).digest == Rules(dict(known[1]), by_of).digest


def test_who_did_it_is_stored_and_told_to_nodes_by_the_name_of_always() -> None:
    """In the code `by` is a person's public id alone."""
    note = Note("Ann", "Op", 0)
    assert json.loads(encode_note(note)) == {"name": "Ann", "by": "Op", "until": 0}
    acted = json.loads(msgspec.json.encode(Acted("kick", "Ann", 0, "Op")))
    assert (acted["by"], "operator" in acted) == ("Op", False)
