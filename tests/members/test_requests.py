"""What members ask for is counted; what each wire makes of it is in test_tcp and test_websocket."""

from itertools import product
from typing import Any, get_args

import msgspec
import pytest

from gateway.members.login import OWED_SECONDS
from gateway.members.requests import ANSWERS, KINDS
from gateway.messages import Said
from gateway.phrases import Language, Phrases
from gateway.text import rows
from gateway.text.controls import clean
from gateway.vocabulary import COMMAND_BY_WORD, COMMANDS
from gateway.wires import events
from gateway.wires.commands import parse_command

from ..doors import DOORS, JsonPeer, RawPeer
from ..fakes import Scene, scene
from ..tables import each_of

MOB, ANN = "203.0.113.9", "198.51.100.7"


async def indebt(here: Scene, host: str) -> None:
    """Have an address ask for more than it may."""
    mob = RawPeer(here, host)
    await mob.come()
    for _ in range(30):
        other = RawPeer(here, host)
        await other.come()
        await other.ask("\n\n".join(["/who"] * 10))


async def in_all_forms(here: Scene) -> None:
    """Some who hear: each in another form, all of which read as text."""
    for words in ("", "hi\r\n", "hi\n", "/times on\r\n"):
        peer = RawPeer(here, ANN)
        await peer.come()
        peer.member.data_received(words.encode())
    await DOORS["text"](here, ANN).come()
    await here.settle()


@pytest.mark.parametrize("door", ["raw", "text", "json", "/say"])
async def test_what_a_text_costs_is_paid_once_and_in_its_speakers_turn(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 KiB of tabs were unwrapped anew for each form: 4 MiB of them kept all others waiting for four seconds."""
    heads: list[int] = []

    def unwrapped(text: str) -> str:
        heads.append(here.room.store.head)
        return original(text)

    async with scene(per_ip=0) as here:
        await in_all_forms(here)
        ann = DOORS[door](here, MOB)
        await ann.come()
        original = rows.unwrapped
        monkeypatch.setattr(rows, "unwrapped", unwrapped)
        before = here.room.store.head
        await ann.say(f"by {door}" + "\t\t\ta" * 500)  # of tabs that nobody said before
        await here.settle()
        assert here.room.store.head == before + 1
        assert heads == [before]


@pytest.mark.parametrize(("event", "codes"), [({}, []), ({"id": "1"}, ["empty"]), ({"id": ""}, ["empty"])])
async def test_an_empty_text_is_refused_if_somebody_waits_for_its_id_and_else_nothing(
    event: dict[str, str], codes: list[str]
) -> None:
    """As an empty line at nc is."""
    async with scene() as here:
        ann = JsonPeer(here, ANN)
        await ann.come()
        told = ann.events(await ann.tell(type="say", text="\n", **event))
        assert [each["code"] for each in told] == codes
        assert here.room.store.head == 0


def test_what_has_an_effect_is_done_for_who_is_gone() -> None:
    asking = {events.AskWho, events.AskHistory, events.Find, events.Ask, events.Ping, events.Mistake}
    about_itself = {events.Hello, events.Pass, events.Switched, events.TypesLines}
    assert {request for request, kind in KINDS.items() if kind.only_answers} == asking | about_itself


@pytest.mark.parametrize("door", ["raw", "text", "json"])
async def test_a_new_connection_is_not_heard_before_its_address_may_ask(door: str) -> None:
    # Who came anew for each request had each one's first for nothing, however much its address owed.
    async with scene(rate=1, burst=1, per_ip=0) as here:
        await indebt(here, MOB)
        late, ann = DOORS[door](here, MOB), DOORS[door](here, ANN)

        def heard() -> int:
            return here.room.store.head if door != "json" else len(here.room.roster)

        before = heard()
        for each in (late, ann):
            each.connect()
            each.send('{"type":"hello"}' if door == "json" else "hi")
        await here.settle()
        assert heard() == before + 1
        here.clock.pass_by(OWED_SECONDS + 1)  # and it was not closed as silent meanwhile
        await here.settle()
        assert heard() == before + 2
        assert late.ended is None


@pytest.mark.parametrize("goes_on", [True, False])
async def test_coming_in_counts(goes_on: bool) -> None:
    """From an old position, which is to read the log, or not: 600 a second of one address kept others waiting."""
    async with scene(rate=1, burst=2, per_ip=0) as here:
        after: dict[str, Any] = {"after": {"epoch": here.room.store.epoch, "seq": 0}} if goes_on else {}
        one = JsonPeer(here, MOB, **after)
        await one.come()
        assert not one.member.is_held
        assert await one.tell(type="ping")
        assert one.member.is_held


async def test_a_page_of_tiny_messages_counts_as_what_it_is() -> None:
    # 260 texts of one byte counted as 260 bytes, and took seventeen reads of the store.
    async with scene(rate=0.0, rate_kib=1, per_ip=0) as here:
        ann = RawPeer(here, ANN)
        await ann.come()
        await ann.say("\n\n".join("abcdefgh" * 13))
        await here.settle()
        asked = 0
        bob = JsonPeer(here, MOB)
        await bob.come()
        while not bob.member.is_held and asked < 10:
            await bob.tell(type="history", limit=500)
            asked += 1
        assert asked <= 2


async def test_of_two_reasons_to_wait_the_longer_one_counts() -> None:
    async with scene() as here:
        ann = RawPeer(here, ANN)
        await ann.come()
        ann.member.wait_for_rate(here.clock.now() + 10)
        ann.member.wait_for_rate(here.clock.now() + 1)
        here.clock.pass_by(2)
        assert ann.member.is_held
        here.clock.pass_by(9)
        assert not ann.member.is_held


def test_every_request_has_its_handler() -> None:
    """Else the first who asks for it is ended by a KeyError. WORKING is none: it says that there is no request yet."""
    assert {*KINDS} == {*get_args(events.Request)} - {events.Working}


SAID: dict[str, Any] = {"text": "waves", "id": "1", "kind": "action", "re": 1}
"""All that a client can say of a message, and nothing at its default."""


async def test_what_is_said_of_a_message_gets_into_the_log() -> None:
    assert {*SAID} == {*events.Say.__struct_encode_fields__} == {*events.Say.__struct_fields__}
    assert all(SAID[field.name] not in (field.default, "", None) for field in msgspec.structs.fields(events.Say))
    async with scene() as here:
        peer = JsonPeer(here, ANN)
        await peer.come()
        await peer.say("what is answered")
        await peer.tell(type="say", **SAID)
        (_, message) = await here.store.read(0, 10)
        kept = {*SAID} & {*Said.__struct_fields__}
        assert {field: getattr(message, field) for field in kept} == {field: SAID[field] for field in kept}


TEXTS: list[Any] = [kind for kind in KINDS if "text" in {field.name for field in msgspec.structs.fields(kind)}]


@pytest.mark.parametrize("asked", TEXTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("typed", ["/me \x1b[31mwaves\r\nto\u2028all", "\x1b[31mhi\r\nto\u202eall"])
def test_whatever_has_a_text_in_it_means_something_of_clean_text(asked: Any, typed: str) -> None:
    meaning = KINDS[asked].meaning
    assert meaning is not None
    said = [value for value in msgspec.structs.astuple(meaning(asked(text=typed))) if isinstance(value, str)]
    assert any(said)
    assert [text for text in said if clean(text) != text] == []


NEEDING = {f"/{each.name}" for each in COMMANDS if any(each.arguments) and not each.arguments[0].startswith("[")}
BARE = sorted(NEEDING - {"/name"})
"""Of /name the answer tells what one is called, too."""


@each_of("language", ["en", "zh"])
@each_of("typed", BARE)
async def test_a_command_without_what_it_needs_tells_its_usage_as_help_about_it_does(
    typed: str, language: Language
) -> None:
    """It said that it was wrong, and named a list of all."""
    async with scene(language=language, rate=0.0) as here:
        peer = RawPeer(here, ANN)
        await peer.come()
        bare, helped = await peer.ask(typed), await peer.ask(f"/help {typed}")
        command = COMMAND_BY_WORD[typed[1:]]
        assert bare == helped == f"* {Phrases(language).usage(command)}\n\n"
        assert all(part in bare for part in (typed, command.help[language == "en"]))


async def test_help_about_a_command_takes_it_by_any_of_its_words() -> None:
    async with scene() as here:
        peer = RawPeer(here, ANN)
        await peer.come()
        assert await peer.ask("/help /Nick") == await peer.ask("/help name") == await peer.ask("/help NICK")
        assert "/dance" in await peer.ask("/help dance")
        assert len(await peer.ask(f"/help {'x' * 900}")) < 200


ODD = (
    "", "0", "-1", "1", "x", "9" * 30, "a b", "%", "\u0663", "[abc]", "1.2.3.4/99", "from:", "before:0",
    "since:0000-00-00", "0s", "999999d", "on off", "\u202e", "{detail}", "{", "all", "Ann all", "Ann 0",
)  # fmt: skip
"""What a command may not expect behind it. Each one that is new meets them, too."""


@each_of(("door", "is_operator"), product(("raw", "json"), (False, True)))
async def test_whatever_stands_behind_a_command_is_answered_and_ends_nobody(door: str, is_operator: bool) -> None:
    async with scene(rate=0.0, admin_password="secret") as here:
        for number, command in enumerate(COMMANDS):
            if command.name == "quit":
                continue
            peer = DOORS[door](here, f"198.51.100.{number}")
            await peer.come()
            if is_operator:
                await peer.ask("/op secret")
            await peer.say("hi")
            for odd in ODD:
                head = here.room.store.head
                told = await peer.ask(f"/{command.name} {odd}".rstrip())
                assert peer.ended is None, (command.name, odd)
                assert told or here.room.store.head > head, (command.name, odd)
            assert here.house.moderation.is_operator(peer.by) == is_operator


def test_every_command_is_a_request_or_has_its_answer() -> None:
    asked = [parse_command(f"/{each.name} x") for each in COMMANDS]
    assert {request.command for request in asked if isinstance(request, events.Ask)} == {*ANSWERS}


LONG = "A" * 400_000


@pytest.mark.parametrize("is_in", [True, False])
async def test_no_answer_holds_what_was_sent(is_in: bool) -> None:
    """429 bytes, inflated, had an answer of 400 KB encoded and deflated in one go, before any password too."""
    says = [*(f"/{each.name} {LONG}" for each in COMMANDS), f"/{LONG}", LONG]
    fields: dict[str, list[str]] = {
        "hello": ["name", "session", "password", "after", LONG], "say": ["text", "id"], "name": ["name"], "who": ["id"],
        "ping": ["id"], "history": ["id", "limit"], "command": ["text"], "moderate": ["act", "member"], LONG: ["id"],
    }  # fmt: skip
    sent: list[dict[str, Any]] = [{"type": kind, field: LONG} for kind, names in fields.items() for field in names]
    sent += [{"type": "say", "id": LONG}, {"type": "say", "text": 1, "id": LONG}, {"type": 1, "id": LONG}]
    sent += [{"type": "command", "text": text} for text in says]
    for event in sent:
        async with scene() as here:
            peer = JsonPeer(here, ANN)
            if is_in:
                await peer.come()
            else:
                peer.connect()
            peer.take()
            assert len(await peer.tell(**event)) < 2500, str(event)[:100]
