"""What operators do: whom they hit, what they are told, and what the server's log says of it."""

import logging
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.names import guest_label, name_key
from gateway.phrases import Phrases
from gateway.room import acts
from gateway.wires.commands import parse, readings
from gateway.wires.events import Moderate

from ..doors import JsonPeer, Pair, Peer, RawPeer, SayPeer, StreamPeer, TextPeer, operator
from ..fakes import Scene, a_store, scene
from ..samples import a_draft
from ..tables import each_of
from .test_moderation import ADMIN, OTHER, TROLL, nodes

__all__ = ["nodes"]


async def crowd(here: Scene, *names: str) -> dict[str, RawPeer]:
    """Raw members of these names, each from an address of its own."""
    peers = {name: RawPeer(here, f"203.0.113.{number}", name) for number, name in enumerate(names, 1)}
    for peer in peers.values():
        await peer.come()
    return peers


def who_is_out(peers: dict[str, Any]) -> set[str]:
    return {name for name, peer in peers.items() if not peer.is_in}


# --- whom ---------------------------------------------------------------------------------------------------------


@each_of(
    ("typed", "hit"),
    [
        ("/ban Al", {"Al"}),
        ("/ban al", {"Al"}),
        ("/ban Al 7d", set()),  # which one is asked
        ("/ban AL  7D", {"Al 7d"}),  # no duration
        ("/ban Al 7d 1h", {"Al 7d"}),
        ("/ban Al 8d", {"Al"}),
        ("/kick Al 7d", {"Al 7d"}),
        ("/kick Al 8d", set()),
        ("/kick Straße", {"Straße"}),
        ("/kick STRASSE", {"Strasse"}),
        ("/kick strasse", {"Strasse"}),
        ("/ban Ａｌ", {"Al"}),  # a name is the same in its compatibility form
        ("/ban ('203.0.113.6', 50000)", {"guest"}),
        ("/ban ('203.0.113.6', 50000) 7d", {"guest"}),
        ("/ban 203.0.113.1", {"Al"}),
        ("/ban 203.0.113.1 7d", {"Al"}),
        ("/ban ::ffff:203.0.113.1", {"Al"}),
        ("/ban 203.0.113.0/30 7d", {"Al", "Al 7d", "Straße"}),
        ("/ban ::ffff:203.0.113.0/126", {"Al", "Al 7d", "Straße"}),
        ("/ban 203.0.113.0/255.255.255.252", {"Al", "Al 7d", "Straße"}),
        ("/kick 203.0.113.4", {"Strasse"}),
        ("/kick 203.0.113.0/30", {"Al", "Al 7d", "Straße"}),
        ("/ban 2001:db8::99", {"six"}),
        ("/ban 2001:db8:0:0::/64 7d", {"six"}),
        ("/ban 2001:db8::5/128", {"six"}),
        ("/ban 2001:db8::/32", {"six", "seven"}),
        ("/ban 0.0.0.0/5", set()),
        ("/ban Nobody", set()),
        ("/ban 7d", set()),
        ("/ban Ala", set()),
    ],
)
async def test_whom_a_typed_command_hits(typed: str, hit: set[str]) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        peers: dict[str, Peer] = {**await crowd(here, "Al", "Al 7d", "Straße", "Strasse", "other")}
        for name, host in (("guest", "203.0.113.6"), ("six", "2001:db8::1"), ("seven", "2001:db8:7::1")):
            peers[name] = RawPeer(here, host, "" if name == "guest" else name)
            await peers[name].come()
        told = op.events(await op.ask(typed))
        assert who_is_out(peers) == hit
        kind = [event["type"] for event in told if event["type"] != "presence"]
        assert kind == (["notice"] if hit or "0.0.0.0" in typed else ["error"]), told


NAMES = st.text("Aa 7d10mhsß٣", min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(NAMES, min_size=1, max_size=6), st.data())
async def test_a_typed_name_hits_who_goes_by_exactly_it_or_by_it_less_a_duration_unless_there_are_both(
    names: set[str], data: Any
) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        peers = await crowd(here, *sorted(names))
        held = {name_key(peer.label): peer for peer in peers.values() if peer.member.named}
        typed = data.draw(st.sampled_from(sorted(names)) | NAMES) + data.draw(st.sampled_from(["", " 7d", " 10m"]))
        request = parse(f"/ban {typed}")
        here.clock.jumped += 1
        await op.ask(f"/ban {typed}")
        expected = set()
        if isinstance(request, Moderate):
            matching = {held[name_key(name)].label for name, _ in readings(request) if name_key(name) in held}
            expected = matching if len(matching) == 1 else set()
        assert {peer.label for peer in peers.values() if not peer.is_in} == expected


@pytest.mark.parametrize("is_gone", [False, True])
@pytest.mark.parametrize("by", ["shown", "label", "member", "seq"])
async def test_a_guest_of_the_raw_port_is_told_by_the_name_that_people_see(
    by: str, caplog: pytest.LogCaptureFixture, *, is_gone: bool
) -> None:
    """It was `('203.0.113.6', 50000)` to who had typed `guest-abcdef`, in the answer and in the log."""
    async with scene(**ADMIN) as here:
        op, guest = await operator(here), RawPeer(here, TROLL)
        with caplog.at_level(logging.DEBUG):
            await guest.come()
            await guest.say("lies")
            shown, label, member = guest_label(guest.by), guest.label, guest.by
            if is_gone:
                await guest.ask("/quit")
            aims = {"shown": f"/mute {shown} 1h", "label": f"/mute {label} 1h"}
            if by in aims:
                told = op.events(await op.ask(aims[by]))[0]
            else:
                told = await op.moderate("mute", seconds=3600, **{by: member if by == "member" else 1})
            listed = await op.ask("/muted")
    assert f"muted {shown} until" in told["text"]
    assert f"muted: {shown} [{TROLL}], until" in listed
    assert f"mute {shown} ({member}) from {TROLL}, 3600 s" in caplog.text
    assert "('" not in f"{told}{listed}{caplog.text}"


async def test_an_operator_at_the_raw_port_is_told_by_the_name_that_people_see(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with scene(**ADMIN) as here:
        op = RawPeer(here, "203.0.113.5")
        with caplog.at_level(logging.INFO):
            await op.come()
            await op.ask(f"/op {ADMIN['admin_password']}")
            await op.ask(f"/ban {OTHER}")
            await op.ask("/slow 5")
            assert f"by {guest_label(op.by)}" in await op.ask("/banned")
    assert caplog.text.count(f"operator {guest_label(op.by)} ({op.by}) from 203.0.113.5: ") == 2
    assert f"{guest_label(op.by)} ({op.by}) from 203.0.113.5 is an operator now" in caplog.text
    assert "('" not in caplog.text


async def test_who_renames_is_hit_by_what_it_said() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        troll = RawPeer(here, TROLL, "Troll")
        await troll.come()
        await troll.say("lies")
        await troll.ask("/name Angel")
        assert troll.label == "Angel"
        told = op.events(await op.ask("/mute Troll 1h"))
        assert [event["code"] for event in told if event["type"] == "notice"] == ["muted"]
        assert "muted you" in await troll.say("more lies")
        assert "lifted the mute of Troll" in await op.ask("/unmute Angel")
        assert "muted" not in await troll.say("sorry")


async def test_who_has_taken_the_name_meanwhile_is_the_one_that_is_meant() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        troll, innocent = RawPeer(here, TROLL, "Ann"), RawPeer(here, OTHER)
        await troll.come()
        await innocent.come()
        await troll.say("lies")
        await troll.ask("/name Bob")
        await innocent.ask("/name Ann")
        seq = here.room.store.head
        await innocent.say("hi")
        assert (await op.moderate("kick", seq=seq))["text"] == "kicked Ann (connections: 1)"
        assert (innocent.is_in, troll.is_in) == (True, False)
        await op.ask("/kick Ann")
        assert not innocent.is_in


async def test_a_member_without_a_name_is_hit_by_its_label() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        peers: dict[str, Peer] = {
            "raw": RawPeer(here, TROLL),
            "v6": RawPeer(here, "2001:db8::1"),
            "web": JsonPeer(here, OTHER),
            "stream": StreamPeer(here, "198.51.100.8"),
        }
        for peer in peers.values():
            await peer.come()
        for name, peer in peers.items():
            assert "kicked" in await op.ask(f"/kick {peer.label}")
            assert peer.ended == "kicked", name


async def test_nor_has_it_to_be_typed_it_is_the_guest_that_people_see() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        troll = RawPeer(here, TROLL)
        await troll.come()
        await troll.say("lies")
        (said,) = await here.store.read(0, 1)
        guest = guest_label(said.by)
        assert "kicked" in await op.ask(f"/kick {guest}")
        assert troll.ended == "kicked"
        assert "banned" in await op.ask(f"/ban {guest}")  # who is gone, by what it said
        assert here.house.moderation.bars("", said.by)


@pytest.mark.parametrize("act", ["kick", "ban", "mute"])
async def test_all_connections_of_a_person_are_hit_and_nobody_else(nodes: Pair, act: str) -> None:
    """As one session comes in on two nodes at once, while neither knows of the other."""
    op = await operator(nodes.one)
    first = JsonPeer(nodes.one, TROLL, "Ann")
    await first.come()
    nodes.subject.is_cut = True
    second = JsonPeer(nodes.two, OTHER, session=first.welcome["session"])
    await second.come()
    nodes.subject.is_cut = False
    nodes.two.room._tell_changes()
    others = [JsonPeer(here, "192.0.2.1") for here in (nodes.one, nodes.two)]
    for other in others:
        await other.come()
    await nodes.settle()
    assert first.is_in
    assert second.is_in
    done = await op.moderate(act, member=first.by)
    assert "(connections: 2)" in done["text"]
    await nodes.settle()
    for peer in (first, second):
        if act == "mute":
            assert "you-are-muted" in await peer.say("hi")
        else:
            assert peer.ended == {"kick": "kicked", "ban": "banned"}[act]
    for other in others:
        assert '"ack"' in await other.say(f"hi {other.by}")


@each_of(
    ("event", "code"),
    [
        ({"act": "kick", "member": "AAAAAAAAAAAA"}, "no-such-member"),
        ({"act": "ban", "member": "Ann"}, "no-such-member"),
        ({"act": "ban", "member": "AAAAAAAAAAA*"}, "no-such-member"),
        ({"act": "ban", "seq": 99}, "no-such-message"),
        ({"act": "unban", "seq": 99}, "no-such-message"),
        ({"act": "ban", "seq": 1}, "unknown-speaker"),
        ({"act": "unban", "member": "AAAAAAAAAAAA"}, "no-such-ban"),
        ({"act": "unmute", "member": "AAAAAAAAAAAA"}, "no-such-mute"),
        ({"act": "whois", "member": "AAAAAAAAAAAA"}, "no-such-member"),
        ({"act": "kick"}, "bad-argument"),
        ({"act": "kick", "member": "AAAAAAAAAAAA", "seq": 1}, "bad-argument"),
        ({"act": "slow", "seconds": 3601}, "bad-argument"),
        ({"act": "dance", "member": "AAAAAAAAAAAA"}, "bad-json"),
        ({"member": "AAAAAAAAAAAA"}, "bad-json"),
        ({"act": "ban", "seq": -1}, "bad-json"),
        ({"act": "ban", "member": "AAAAAAAAAAAA", "seconds": -1}, "bad-json"),
        ({"act": "ban", "member": "AAAAAAAAAAAA", "seconds": 10**12}, "bad-json"),
        ({"act": "ban", "member": 5}, "bad-json"),
    ],
)
async def test_an_event_that_hits_nobody_says_why(event: dict[str, Any], code: str) -> None:
    async with scene(**ADMIN) as here:
        await here.store.append([a_draft(owner="")])  # as records of before
        op = await operator(here)
        told = op.events(await op.tell(type="moderate", **event))
        assert [each["code"] for each in told if each["type"] != "presence"] == [code]
        assert await here.room.store.bans.all() == {}


@each_of(
    ("typed", "code"),
    [
        ("/kick Op", "yourself"),
        ("/ban op 7d", "yourself"),
        ("/mute Op", "yourself"),
        ("/ban 10.0.0.9", "own-address"),
        ("/ban 10.0.0.0/8", "own-address"),
        ("/kick 0.0.0.0/0", "own-address"),
        ("/ban 127.0.0.1", "own-machine"),
        ("/ban ::1", "own-machine"),
        ("/ban 127.0.0.0/8", "own-machine"),
        ("/kick Left", "not-here"),
        ("/kick Script", "not-here"),
        ("/kick 192.0.2.0/24", "not-here"),
        ("/unban Left", "no-such-ban"),
        ("/unban 192.0.2.1", "no-such-ban"),
        ("/unmute Left", "no-such-mute"),
    ],
)
async def test_a_command_that_hits_nobody_says_why(typed: str, code: str) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        left = RawPeer(here, TROLL, "Left")
        await left.come()
        await left.say("bye")
        await left.ask("/quit")
        await SayPeer(here, OTHER, "Script").say("deployed")
        (event,) = [each for each in op.events(await op.ask(typed)) if each["type"] in ("error", "notice")]
        assert (event["type"], event["code"]) == ("error", code)
        assert op.is_in
        assert await here.room.store.bans.all() == {}


async def test_who_has_left_is_banned_with_its_address() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        left = RawPeer(here, TROLL, "Left")
        await left.come()
        await left.say("bye")
        await left.ask("/quit")
        assert "banned Left for ever (connections: 0)" in await op.ask("/ban LEFT")
        again = RawPeer(here, TROLL)
        assert "you are banned" in await again.come()


@pytest.mark.parametrize("order", ["/delete Troll all", "/delete Troll", "/purge Troll 1"])
async def test_who_was_cleaned_up_after_is_banned_by_what_that_told_after_a_restart_too(order: str) -> None:
    """Of whom nothing is left nobody knew any more who it was: a purge was a pardon."""
    store = a_store()
    async with scene(store, **ADMIN) as here:
        op, troll = await operator(here), JsonPeer(here, TROLL, "Troll")
        await troll.come()
        await troll.say("abuse")
        session = troll.welcome["session"]
        await troll.ask("/quit")
        (typed,) = re.findall(r"/ban \[.{12}\]", await op.ask(order))
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        assert "no-such-member" in await op.ask(f"/kick {typed.removeprefix('/ban ')}")
        assert f"banned {troll.by} until" in await op.ask(f"{typed} 7d")
        again = JsonPeer(here, OTHER, session=session)
        await again.come()
        assert again.ended == "banned"
        assert f"lifted the ban of {troll.by}" in await op.ask(f"/un{typed[1:]}")
        await JsonPeer(here, OTHER, session=session).come()
        assert "muted" in await op.ask(f"/mute {typed.removeprefix('/ban ')}")
        assert here.house.moderation.mute_of(OTHER, troll.by)


async def test_a_script_of_long_ago_is_known_by_its_name() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        ci = SayPeer(here, OTHER, "ci")
        await ci.say("deployed")
        for number in range(501):
            here.clock.pass_by(0.1)
            await op.say(f"more {number}")
        assert "muted CI" in await op.ask("/mute CI")
        assert "muted you" in await SayPeer(here, TROLL, "ci").say("again")
        assert "nobody" in await op.ask("/mute cd")


async def test_guests_of_plain_requests_are_known_by_their_address() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        guest = SayPeer(here, "127.0.0.1")
        assert await guest.say("one") == ""
        assert await guest.say("two") == ""
        messages = await here.store.read(0, 2)
        assert messages[0].by == messages[1].by
        assert messages[0].label == messages[1].label
        assert (await op.moderate("mute", seq=2))["code"] == "muted"
        assert "muted you" in await guest.say("three")
        assert await SayPeer(here, "127.0.0.1", "ci").say("deployed") == ""


# --- what the operator is told ------------------------------------------------------------------------------------


async def test_each_act_tells_what_came_of_it() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await crowd(here, "Ann", "Bob")
        by = {member.label: member.by for member in here.room.roster.members()}
        told = []
        for typed in (
            "/mute Ann 1h",
            "/muted",
            "/unmute ann",
            "/muted",
            "/kick Bob",
            "/ban Ann 7d",
            "/ban 198.51.100.0/24",
            "/banned",
            "/unban Ann",
            "/unban 198.51.100.0/24",
            "/banned",
            "/slow 30",
            "/slow 0",
        ):
            events = op.events(await op.ask(typed))
            told += [(each["code"], each["text"]) for each in events if each["type"] == "notice"]
        assert told == [
            ("muted", "muted Ann until 2025-11-24 17:00 UTC (connections: 1)"),
            ("mutes", "muted: Ann [203.0.113.1], until 2025-11-24 17:00 UTC, by Op"),
            ("unmuted", "lifted the mute of Ann"),
            ("mutes-none", "nobody is muted"),
            ("kicked", "kicked Bob (connections: 1)"),
            ("banned", "banned Ann until 2025-12-01 16:00 UTC (connections: 1)"),
            ("banned", "banned 198.51.100.0/24 for ever (connections: 0)"),
            ("bans", "banned: Ann [203.0.113.1], until 2025-12-01 16:00 UTC, by Op"),
            ("bans", "banned: 198.51.100.0/24, for ever, by Op"),
            ("unbanned", "lifted the ban of Ann"),
            ("unbanned", "lifted the ban of 198.51.100.0/24"),
            ("bans-none", "nobody is banned"),
            ("slowed", "slow mode: one message per person every 30 s"),
            ("slow-off", "slow mode is off"),
        ]
        assert by["Ann"]


async def test_a_long_list_is_cut() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        for number in range(acts.MAX_LISTED + 5):
            await op.ask(f"/ban 203.0.{number}.0/24")
        events = [each for each in op.events(await op.ask("/banned")) if each["type"] == "notice"]
        assert len(events) == acts.MAX_LISTED + 1
        assert events[-1]["text"] == "… and 5 more"


async def test_acts_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.moderation")
    async with scene(**ADMIN) as here:
        op = await operator(here)
        peers = await crowd(here, "Ann", "Bob")
        by = {name: peer.by for name, peer in peers.items()}
        for typed in ("/mute Ann 1h", "/unmute Ann", "/ban Ann", "/kick Bob", "/ban 198.51.100.0/24", "/slow 5"):
            caplog.clear()
            await op.ask(typed)
            lines = [record.getMessage() for record in caplog.records if record.name == "gateway.moderation"]
            start = f"operator Op ({op.by}) from 10.0.0.9: "
            assert lines == [
                start
                + {
                    "/mute Ann 1h": f"mute Ann ({by['Ann']}) from 203.0.113.1, 3600 s, connections here: 1",
                    "/unmute Ann": f"unmute Ann ({by['Ann']}) from 203.0.113.1, connections here: 0",
                    "/ban Ann": f"ban Ann ({by['Ann']}) from 203.0.113.1, for ever, connections here: 1",
                    "/kick Bob": f"kick Bob ({by['Bob']}) from 203.0.113.2, connections here: 1",
                    "/ban 198.51.100.0/24": "ban 198.51.100.0/24, for ever, connections here: 0",
                    "/slow 5": "slow mode, 5 s",
                }[typed]
            ]


async def test_a_line_in_the_log_has_some_of_very_many_addresses(caplog: pytest.LogCaptureFixture) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await crowd(here, *(f"n{number}" for number in range(30)))
        caplog.clear()
        await op.ask("/kick 203.0.113.0/24")
        (line,) = [record.getMessage() for record in caplog.records if record.name == "gateway.moderation"]
        assert line.count("203.0.113.") == 21
        assert line.endswith(", …, connections here: 30")


async def test_who_is_on_another_node_alone_is_sent_away(nodes: Pair) -> None:
    op = await operator(nodes.one)
    troll = JsonPeer(nodes.two, TROLL, "Troll")
    await troll.come()
    nodes.two.room._tell_changes()
    await nodes.settle()
    assert "kicked" in await op.ask("/kick Troll")
    await nodes.settle()
    assert troll.ended == "kicked"


async def test_acts_on_another_node_are_in_its_log_too(nodes: Pair, caplog: pytest.LogCaptureFixture) -> None:
    op = await operator(nodes.one)
    troll = JsonPeer(nodes.two, TROLL, "Troll")
    await troll.come()
    nodes.two.room._tell_changes()
    await nodes.settle()
    await op.ask("/ban Troll 1h")
    await nodes.settle()
    lines = [record.getMessage() for record in caplog.records if record.name == "gateway.moderation"]
    assert f"operator Op on another node: ban Troll ({troll.by}) from 203.0.113.9, 3600 s, connections here: 1" in lines


# --- who somebody is ----------------------------------------------------------------------------------------------


async def test_operators_see_where_from_and_since_when_and_nobody_else_does() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        here.clock.pass_by(5)
        ann = JsonPeer(here, TROLL, "Ann")
        await ann.come()
        (who,) = op.events(await op.tell(type="who"))
        assert who["names"] == [
            {"name": "Op", "via": "web", "by": op.by, "host": "10.0.0.9", "since": "2025-11-24T16:00:00Z"},
            {"name": "Ann", "via": "web", "by": ann.by, "host": TROLL, "since": "2025-11-24T16:00:05Z"},
        ]
        (who,) = ann.events(await ann.tell(type="who"))
        assert who["names"] == [
            {"name": "Op", "via": "web", "by": op.by},
            {"name": "Ann", "via": "web", "by": ann.by},
        ]


@pytest.mark.parametrize("kind", [RawPeer, TextPeer])
async def test_so_does_an_operator_who_types(kind: type[Peer]) -> None:
    async with scene(**ADMIN) as here:
        ann = RawPeer(here, TROLL, "Ann")
        await ann.come()
        op = kind(here, OTHER, "Op")
        await op.come()
        assert "2 here: Ann (tcp), Op (" in await op.ask("/who")
        await op.ask("/op secret")
        assert "2 here: Ann (tcp, 203.0.113.9, 2025-11-24 16:00 UTC), Op (" in await op.ask("/who")
        assert "203.0.113.9, 2025" not in await ann.ask("/who")


async def test_nothing_that_others_are_told_holds_an_address(nodes: Pair) -> None:
    """All that a member of each wire gets while others come, rename, are moderated and looked at by an operator."""
    watchers = [
        kind(here, OTHER) for kind in (RawPeer, TextPeer, JsonPeer, StreamPeer) for here in (nodes.one, nodes.two)
    ]
    for watcher in watchers:
        await watcher.come()
    told = ""
    op = await operator(nodes.one)
    trolls = [JsonPeer(nodes.one, TROLL, "Troll"), JsonPeer(nodes.two, TROLL, "Trollop")]
    for troll in trolls:
        await troll.come()
        await troll.say("hello")
    for typed in ("/who", "/whois Troll", "/mute Troll", "/muted", "/ban Trollop", "/banned", "/kick Troll", "/help"):
        await op.ask(typed)
        for here in (nodes.one, nodes.two):
            here.room._tell_changes()
        await nodes.settle()
        for watcher in watchers:
            told += watcher.take() + (await watcher.ask("/who") if watcher.speaks else "")
    assert "Trollop" in told
    for hidden in (TROLL, "10.0.0.9", "since", "/ban", "/mute", "/whois", "muted", "banned"):
        assert hidden not in told


async def test_whois_tells_of_all_who_go_by_a_name(nodes: Pair) -> None:
    op = await operator(nodes.one)
    here, there = RawPeer(nodes.one, TROLL, "Ann"), JsonPeer(nodes.two, OTHER, "Bob")
    left = SayPeer(nodes.one, "192.0.2.7", "ci")
    await here.come()
    await there.come()
    await left.say("deployed")
    nodes.two.room._tell_changes()
    await nodes.settle()
    await op.ask("/mute Ann 1h")
    at = "2025-11-24"
    for typed, expected in {
        "/whois ANN": f"that is Ann [{here.by}]: tcp, from 203.0.113.9, since {at} 16:00 UTC, muted until {at} 17",
        "/whois bob": f"that is Bob [{there.by}]: on another node, web, from 198.51.100.7, since {at} 16:00 UTC",
        "/whois op": f"that is Op [{op.by}]: web, from 10.0.0.9, since {at} 16:00 UTC, operator",
        "/whois 203.0.113.0/24": f"that is Ann [{here.by}]: tcp, from 203.0.113.9, since",
    }.items():
        (event,) = [each for each in op.events(await op.ask(typed)) if each["type"] == "notice"]
        assert (event["code"], event["text"][: len(expected)]) == ("whois", expected)
    (event,) = [each for each in op.events(await op.ask("/whois ci")) if each["type"] == "notice"]
    assert event["text"].endswith("]: not here now, from 192.0.2.7")
    assert "no-such-member" in await op.ask("/whois nobody")


async def test_whois_tells_who_is_here_from_an_address_this_machines_too(nodes: Pair) -> None:
    """It said `127.0.0.1 []: not here now`, though people from it were here."""
    op = await operator(nodes.one)
    for number in range(acts.MAX_SHOWN + 3):
        await RawPeer(nodes.one, "127.0.0.1", f"Local {number}").come()

    async def told(typed: str) -> list[str]:
        return [each["text"] for each in op.events(await op.ask(typed)) if each["type"] == "notice"]

    lines = await told("/whois 127.0.0.1")
    assert len(lines) == acts.MAX_SHOWN + 1
    assert (lines[0].startswith("that is Local 0 ["), lines[-1]) == (True, "… and 3 more")
    assert await told("/whois 127.0.0.0/8") == lines
    assert await told("/whois 192.0.2.1") == ["nobody is here from 192.0.2.1"]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_all_that_operators_are_told_can_be_said(language: Any) -> None:
    async with scene(language=language, admin_password="secret") as here:
        op = JsonPeer(here, "10.0.0.9", "Op")
        await op.come()
        await op.ask("/op secret")
        await crowd(here, "Ann", "Bob")
        codes = set()
        for typed in (
            "/mute Ann",
            "/muted",
            "/whois Ann",
            "/unmute Ann",
            "/ban Bob 1h",
            "/banned",
            "/unban Bob",
            "/slow 9",
        ):
            for event in op.events(await op.ask(typed)):
                codes.add(event.get("code"))
                assert "{" not in event.get("text", "")
        assert codes >= {"muted", "mutes", "whois", "unmuted", "banned", "bans", "unbanned", "slowed"}
        assert Phrases(language)("list-more", count=1)


async def test_who_lifts_what_several_of_a_name_were_put_under_is_asked_whose() -> None:
    """A spammer was back with its namesake."""
    async with scene(**ADMIN) as here:
        op = await operator(here)
        bys = []
        for host in ("203.0.113.7", "198.51.100.7"):
            bob = RawPeer(here, host, "Bob")
            await bob.come()
            bys.append(bob.member.by)
            await op.ask("/ban Bob")
        (error,) = op.events(await op.ask("/unban Bob"))
        assert (error["code"], sorted(re.findall(r"Bob \[(.*?)]", error["detail"]))) == ("which-one", sorted(bys))
        (told,) = [each["text"] for each in op.events(await op.ask(f"/unban [{bys[0]}]")) if each["type"] == "notice"]
        assert "Bob" in told
        assert bys[1] not in told
        listed = await op.ask("/banned")
        assert ("198.51.100.7" in listed, "203.0.113.7" in listed) == (True, False)


async def test_who_lifts_what_an_address_is_under_is_told_of_each_who_was_banned_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was told, and logged, of one."""
    async with scene(**ADMIN) as here:
        op = await operator(here)
        people = {name: RawPeer(here, TROLL, name) for name in ("Ann", "Bob")}
        for peer in people.values():
            await peer.come()
            await peer.say("hi")
        for name in people:
            await op.ask(f"/ban {name}")
        caplog.clear()
        told = "".join(each["text"] for each in op.events(await op.ask(f"/unban {TROLL}")) if each["type"] == "notice")
        for name, peer in people.items():
            assert f"{name} [{peer.member.by}]" in told
            assert sum(f"unban {name} ({peer.member.by})" in line for line in caplog.messages) == 1
