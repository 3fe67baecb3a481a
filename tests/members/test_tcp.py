"""A raw member on a clock and a transport that the test holds."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.guard.gate import Gate
from gateway.guard.lock import GUESSES, SECONDS_A_GUESS
from gateway.members import tcp
from gateway.members.connection import BYTES_WAIT
from gateway.members.costs import READ_BYTES
from gateway.members.login import KNOCK
from gateway.members.marks import MARK_BYTES
from gateway.members.outbox import OUTBOX_BYTES
from gateway.members.tcp import TcpMember
from gateway.messages import Draft, Message
from gateway.names import guest_label
from gateway.people import Person
from gateway.room.feed import Chunk
from gateway.stores.memory import MemoryStore
from gateway.wires.closing import Closing
from gateway.wires.raw import RawFormat, RawWire

from ..doors import DOORS, JsonPeer
from ..fakes import FakeTransport, Scene, reason, scene
from ..tables import each_of

MARK, MARK_ANSWER = b"\xff\xfd\x06", b"\xff\xfc\x06"
GREETING = "你已连接到服务器,IP为10.0.0.9:8001\n\n".encode()


def join(here: Scene) -> tuple[TcpMember, FakeTransport]:
    member, transport = here.connect(here.raw())
    assert transport.take() == GREETING
    return member, transport


async def test_grace_makes_lines_without_a_sleep() -> None:
    async with scene() as here:
        ann, _ = join(here)
        _, bob = join(here)
        ann.data_received(b"hi\n")
        await here.settle()
        assert bob.take() == b""
        here.clock.pass_by(0.31)
        await here.settle()
        assert bob.take().decode() == "来自('10.0.0.1', 50000)的消息:hi\n\n"


async def test_the_sender_does_not_get_its_own() -> None:
    async with scene() as here:
        ann, own = join(here)
        ann.data_received(b"a\n\nb\n\n")
        await here.settle()
        assert own.take() == b""
        assert ann.cursor == 2


async def test_a_timing_mark_is_answered_when_what_came_before_is_in_the_log() -> None:
    async with scene() as here:
        ann, own = join(here)
        ann.data_received(b"a\n\n" + MARK + b"b\n\n" + MARK)
        assert own.take() == b""
        await here.settle()
        assert own.take() == 2 * MARK_ANSWER
        assert ann.cursor == 2
        ann.data_received(MARK)  # nothing is to be waited for
        assert own.take() == MARK_ANSWER
        ann.data_received(b"c\n\n" + MARK + b"d\n\n")
        ann.connection_lost(None)
        await here.settle()
        assert here.room.store.head == 4


async def test_marks_and_what_is_refused_between_them_are_told_in_their_order_and_hold_up_nobody() -> None:
    """Each held up all behind it until the log had what stands before it: so each text was an append of its own."""
    async with scene(max_text=100) as here:
        ann, own = join(here)
        long = b"x" * 101
        ann.data_received(b"".join(text + b"\n\n" + MARK for text in (b"a", long, b"b", long, long, b"c")))
        assert (own.take(), ann.is_held) == (b"", False)
        await here.settle()
        told = own.take().replace(MARK_ANSWER, b"M").decode()
        refused = f"* {ann.house.phrases('too-long')}\n\n"
        assert told == f"M{refused}MM{refused}M{refused}MM"
        assert here.room.store.head == 3


async def test_too_many_marks_hold_up_who_sends_them_until_the_log_has_all() -> None:
    async with scene(rate=0.0, rate_kib=0) as here:
        ann, own = join(here)
        ann.data_received(b"a\n\n" + MARK * (OUTBOX_BYTES // MARK_BYTES))
        holds = [ann.is_held]
        for _ in range(10):
            here.worked += 1
            await here.settle()
        assert [*holds, ann.is_held] == [True, False]
        assert own.take() == MARK_ANSWER * (OUTBOX_BYTES // MARK_BYTES)


@pytest.mark.parametrize("dear", [MARK, b"\xff\xf1", b"\xff\xff", b"a\xff\xf8"], ids=["mark", "nop", "ff", "a el"])
async def test_what_telnet_makes_dear_counts_as_dear(dear: bytes) -> None:
    # Two or three bytes each, of which nothing is said: they took a whole core at the bytes that one may send.
    async with scene(rate_kib=1) as here:
        ann, own = join(here)
        ann.data_received(dear * (12 * 1024 // len(dear)))  # less than the 16 KiB that may come at once
        for _ in range(1000):
            here.worked += 1
            await here.settle()
        assert ann.is_held
        assert len(own.take()) <= 70 * len(MARK_ANSWER)


async def test_nothing_is_written_while_paused_and_all_of_it_after() -> None:
    async with scene(rate=0.0) as here:
        ann, _ = join(here)
        bob, slow = join(here)
        slow.fill()
        for number in range(500):
            ann.data_received(b"%d\n\n" % number)
            if number % 100 == 0:
                await here.settle()
        bob.data_received(b"/who\n\n")
        await here.settle()
        assert slow.take() == b""
        assert bob.cursor == 0
        slow.empty()
        await here.settle()
        answer, *texts = slow.take().decode().split("\n\n")[:-1]
        assert answer.startswith("* 2 here")
        assert [text.rpartition(":")[2] for text in texts] == [str(number) for number in range(500)]


async def test_an_answer_that_fills_the_transport_keeps_the_chunk_back() -> None:
    async with scene(rate=0.0) as here:
        ann, _ = join(here)
        bob, slow = join(here)
        slow.fill()
        bob.data_received(b"/help\n\n")
        ann.data_received(b"hi\n\n")
        await here.settle()
        slow.buffered, slow.paused, slow.room = 0, False, 10
        bob.resume_writing()  # the answer fits, and fills it again
        await here.settle()
        assert slow.take().startswith(b"* you can type")
        assert bob.cursor == 0
        slow.empty()
        await here.settle()
        assert slow.take().endswith(b":hi\n\n")


async def test_answers_that_are_not_taken_pause_the_reading() -> None:
    async with scene(rate=0.0) as here:
        ann, transport = join(here)
        transport.fill()
        ann.data_received(b"/help\n\n" * 2_000)
        await here.settle()
        assert not transport.is_reading()
        assert ann._outbox is not None
        assert ann._outbox.size < OUTBOX_BYTES + 1000
        while not transport.is_reading():
            transport.empty()
            await here.settle()
            transport.fill()
        transport.empty()
        await here.settle()
        assert transport.take().count(b"* you can type") == 2_000


async def test_too_fast_is_read_at_the_rate() -> None:
    async with scene(rate=10.0, burst=5) as here:
        ann, own = join(here)
        _, bob = join(here)
        ann.data_received(b"x\n\n" * 25)
        await here.settle()
        assert not own.is_reading()
        assert bob.take().count(b"x\n\n") == 5
        here.clock.pass_by(1.05)
        await here.settle()
        assert bob.take().count(b"x\n\n") == 10
        here.clock.pass_by(1.05)
        await here.settle()
        assert bob.take().count(b"x\n\n") == 10
        here.clock.pass_by(0.1)
        assert own.is_reading()


async def test_grace_that_ends_while_it_is_not_read_is_looked_at_later() -> None:
    async with scene(rate=1.0, burst=1) as here:
        ann, own = join(here)
        _, bob = join(here)
        ann.data_received(b"one\n\ntwo\n\nthree\n")
        await here.settle()
        assert not own.is_reading()
        here.clock.pass_by(1.1)
        await here.settle()
        assert bob.take().count(b":two") == 1
        here.clock.pass_by(5)
        await here.settle()
        assert bob.take().count(b":three") == 1


async def test_a_stalled_member_is_closed_with_its_reason() -> None:
    async with scene(stall_timeout=60.0) as here:
        bob, slow = join(here)
        slow.fill()
        here.clock.pass_by(59)
        assert reason(bob) is None
        here.clock.pass_by(2)
        assert reason(bob) == "too-slow"
        assert not bob.is_in
        here.clock.pass_by(10)
        assert slow.aborted


async def test_who_takes_a_little_or_speaks_is_not_stalled() -> None:
    async with scene(stall_timeout=60.0) as here:
        taker, slow = join(here)
        slow.fill(100_000)
        writer, _ = join(here)
        writer.transport.fill()  # type: ignore[attr-defined]
        for number in range(10):
            here.clock.pass_by(50)
            slow.buffered -= 10 * (number + 1)
            writer.data_received(b"still here\n\n")
        assert reason(taker) is None
        assert reason(writer) is None


async def test_who_leaves_is_closed_only_when_it_is_said_and_paid() -> None:
    async with scene() as here:
        ann, _ = join(here)
        bob, slow = join(here)
        ann.data_received(b"owed\n\n")
        await here.settle()
        slow.take()
        slow.fill()
        ann.data_received(b"owed too\n\n")
        bob.data_received(b"bye\n\n")
        assert bob.eof_received()
        await here.settle()
        assert not slow.is_closing()
        slow.empty()
        await here.settle()
        assert slow.is_closing()
        assert slow.take().decode().endswith("owed too\n\n")
        assert here.room.store.head == 3


async def test_quit_shuts_down_and_waits_for_the_peer_a_while() -> None:
    async with scene() as here:
        bob, transport = join(here)
        bob.data_received(b"bye\n\n\r\nmore\n\n")
        await here.settle()
        assert transport.ended
        assert not transport.is_closing()
        assert not bob.is_in
        bob.data_received(b"even more\n\n")
        here.clock.pass_by(5)
        assert transport.aborted
        assert here.room.store.head == 1


async def test_a_reset_says_whole_lines() -> None:
    async with scene() as here:
        bob, _ = join(here)
        bob.data_received(b"whole\nnot")
        bob.connection_lost(ConnectionResetError())
        await here.settle()
        assert [message.text for message in await here.store.read(0, 10)] == ["whole"]
        assert bob.is_lost
        assert here.room.roster.members() == []
        assert not here.house.members
        assert here.house.gate.taken == 0


async def test_a_reset_while_held_says_what_had_arrived() -> None:
    async with scene(rate=1.0, burst=1) as here:
        bob, transport = join(here)
        bob.data_received(b"one\n\ntwo\n\nthree\n\n")
        await here.settle()
        assert not transport.is_reading()
        bob.connection_lost(None)
        await here.settle()
        assert [message.text for message in await here.store.read(0, 10)] == ["one"]
        assert here.room.roster.members() == [bob]  # as long as it speaks it is here
        for said in (["one", "two"], ["one", "two", "three"]):
            here.clock.pass_by(1.01)
            await here.settle()
            assert [message.text for message in await here.store.read(0, 10)] == said
        here.clock.pass_by(1.01)
        assert not here.house.members
        assert here.house.gate.taken == 0


async def test_who_is_lost_and_still_speaks_can_be_silenced() -> None:
    async with scene(rate=1.0, burst=1) as here:
        bob, _ = join(here)
        bob.data_received(b"one\n\ntwo\n\nthree\n\n")
        bob.connection_lost(ConnectionResetError())
        bob.close(Closing.KICKED)
        here.clock.pass_by(100)
        await here.settle()
        assert [message.text for message in await here.store.read(0, 10)] == ["one"]
        assert here.house.gate.taken == 0


async def test_a_name_and_what_is_said_behind_it_are_done_in_order() -> None:
    async with scene() as here:
        ann, transport = join(here)
        ann.data_received(b"/name Ann\n\nhi\n\n")
        assert not transport.is_reading()
        await here.settle()
        assert transport.is_reading()
        assert [message.label for message in await here.store.read(0, 10)] == ["Ann"]
        ann.connection_lost(None)
        await here.settle()
        assert await here.room.store.names.claim("ann", "other")
        await here.room.store.names.release("other")


async def test_a_locked_room_hears_only_the_password() -> None:
    async with scene(password="open sesame") as here:
        ann, transport = here.connect(here.raw())
        greeting, asked = transport.take().decode().split("\n\n")[:2]
        assert greeting == GREETING.decode().strip()
        assert asked == "* this room has a password, give it by: /pass PASSWORD"
        for line in (b"hello", b"/who", b"/name Ann", b"/history", b"/help"):
            ann.data_received(line + b"\n\n")
            assert transport.take() == f"{asked}\n\n".encode()
        await here.settle()
        assert here.room.store.head == 0
        assert not ann.is_in
        ann.data_received(b"/pass open sesame\n\nhello\n\n/who\n\n")
        await here.settle()
        assert transport.take().decode().startswith("* you are in\n\n* 1 here: guest-")
        assert here.room.store.head == 1


async def test_what_was_said_before_one_came_in_is_not_heard() -> None:
    async with scene(password="x") as here:
        (ann, _), (bob, heard) = (here.connect(here.raw()) for _ in range(2))
        ann.data_received(b"/pass x\n\nsecret\n\n")
        await here.settle()
        heard.take()
        bob.data_received(b"/pass x\n\n")
        ann.data_received(b"welcome\n\n")
        await here.settle()
        assert [text.rpartition(":")[2] for text in heard.take().decode().split("\n\n")[1:-1]] == ["welcome"]


async def test_guesses_are_limited_over_all_connections_of_an_address() -> None:
    async with scene(password="x", rate=0.0) as here:
        for number in range(GUESSES + 3):
            member, transport = here.connect(here.raw())
            transport.take()
            member.data_received(b"/pass %d\n\n" % number)
            wrong = "that is not the password" if number < GUESSES else "too many wrong passwords"
            assert wrong in transport.take().decode()
        member.data_received(b"/pass x\n\n")
        assert not member.is_in
        here.clock.pass_by(SECONDS_A_GUESS + 0.1)
        member.data_received(b"/pass x\n\n")
        assert member.is_in


async def test_who_gives_no_password_in_time_is_closed() -> None:
    async with scene(password="x") as here:
        member, _ = here.connect(here.raw())
        here.clock.pass_by(KNOCK.seconds - 1)
        member.data_received(b"let me in\n\n")
        assert reason(member) is None
        here.clock.pass_by(1.1)
        assert reason(member) == "password"


async def test_one_outside_can_quit() -> None:
    async with scene(password="x") as here:
        member, _ = here.connect(here.raw())
        member.data_received(b"/quit\n\n")
        assert reason(member) == "quit"


async def test_a_clock_that_jumps_changes_no_order_and_loses_nothing() -> None:
    async with scene() as here:
        ann, _ = here.connect(here.raw())
        bob, heard = here.connect(here.raw())
        heard.take()
        for number, jump in enumerate([0, -3_600_000, 86_400_000, -86_400_000, 0]):
            here.clock.jumped = jump
            ann.data_received(b"%d\n\n" % number)
            await here.settle()
        assert [text.rpartition(":")[2] for text in heard.take().decode().split("\n\n")[:-1]] == list("01234")
        bob.data_received(b"/history\n\n")
        await here.settle()
        assert [text.rpartition(":")[2] for text in heard.take().decode().split("\n\n")[1:-1]] == list("01234")


async def test_a_write_that_fails_ends_it_once_what_it_said_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_pipe(descriptor: int, data: bytes) -> int:
        raise BrokenPipeError

    async with scene(rate=1.0, burst=1) as here:
        ann, _ = join(here)
        bob, _ = join(here)
        bob.data_received(b"one\n\ntwo\n\nthree\n\n")
        bob.eof_received()
        monkeypatch.setattr("gateway.members.delivery.os_write", broken_pipe)
        bob._fd = 10**6  # as if it had a socket
        ann.data_received(b"hi\n\n")
        await here.settle()
        assert reason(bob) is None
        for _ in range(4):
            here.clock.pass_by(1.1)
            await here.settle()
        assert reason(bob) == "left"
        assert [message.text for message in await here.store.read(0, 10)] == ["one", "hi", "two", "three"]


async def test_bytes_of_a_raw_member_are_counted() -> None:
    async with scene(rate=0.0, rate_kib=1.0) as here:
        ann, transport = join(here)
        ann.data_received(b"x" * 40_000 + b"\n\n")
        assert not transport.is_reading()  # 16 KiB at once
        here.clock.pass_by(10)
        assert not transport.is_reading()
        here.clock.pass_by(15)
        assert transport.is_reading()
        await here.settle()
        assert here.room.store.head == 1


async def test_a_read_counts_however_little_comes() -> None:
    """A byte a segment, of four connections: a fifth of a core, and each counted as one byte."""
    async with scene(rate=0.0, rate_kib=1.0) as here:
        ann, _ = join(here)
        for _ in range(16 * 1024 // READ_BYTES):
            assert not ann.is_held
            ann.data_received(b"x")
        assert ann.is_held


async def test_who_is_a_little_too_fast_is_not_stopped_again_with_each_read() -> None:
    """That was every millisecond, and three quarters of a core."""
    async with scene(rate=0.0) as here:
        ann, _ = join(here)
        stopped = 0
        for _ in range(20_000):  # in two seconds, of which the kernel gives at once what came while it is not read
            if not ann.is_held:
                ann.data_received(b"x")
                stopped += ann.is_held
            here.clock.pass_by(0.0001)
        assert 0 < stopped <= 2 / BYTES_WAIT


async def test_who_types_key_by_key_or_sends_much_does_not_notice() -> None:
    async with scene(rate=0.0) as here:
        ann, _ = join(here)
        for _ in range(3000):  # five minutes at telnet, without Enter
            ann.data_received(b"x")
            here.clock.pass_by(0.1)
            assert not ann.is_held
        for _ in range(1024 // 2 - 1):  # nearly all that may come at once
            ann.data_received(b"x" * 2047 + b"\n")
            assert not ann.is_held


async def test_the_answer_to_who_counts_as_many_bytes_as_it_is_long() -> None:
    async with scene(rate=0.0, rate_kib=1.0) as here:
        ann, transport = join(here)
        people = [Person(f"somebody {number}", "tcp", "Ann-Ann_Ann0") for number in range(200)]
        here.room.roster.take_census("n2", 200, people, here.clock.now())
        ann.data_received(b"/who\n\n" * 10)
        await here.settle()
        # 16 KiB at once: the second answer is past them.
        assert transport.take().count(b"here: ") == 2
        here.clock.pass_by(30)
        await here.settle()
        assert transport.take().count(b"here: ") > 0


class EagerStore(MemoryStore):
    """A message comes out of it before its append is answered, as it does on NATS."""

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        seqs = await super().append(drafts)
        for _ in range(20):
            await asyncio.sleep(0)
        return seqs


async def test_the_sender_does_not_get_its_own_however_early_it_comes() -> None:
    async with scene(EagerStore(100, 10**6)) as here:
        ann, own = join(here)
        _, others = join(here)
        ann.data_received(b"a\n\n")
        await here.settle()
        assert (own.take(), others.take()) == (b"", "来自('10.0.0.1', 50000)的消息:a\n\n".encode())


@pytest.mark.parametrize("said", [b"/quit\n\n", b""])
async def test_what_comes_behind_a_quit_is_not_kept_and_is_no_sign_of_life(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was kept for ever, as long as its sender took nothing of what it was owed."""
    async with scene(rate=0.0, rate_kib=0.0) as here:
        ann, transport = join(here)
        transport.fill()
        ann.send(b"owed")
        ann.data_received(said)
        fed: list[bytes] = []
        ann.leave(Closing.QUIT)
        monkeypatch.setattr(RawWire, "feed", lambda _, data: fed.append(data))
        for _ in range(16):
            if not transport.closed:
                ann.data_received(b"more" * 1000)
            here.clock.pass_by(5)
            await here.settle()
        assert fed == []
        assert transport.aborted


# --- who types lines ------------------------------------------------------------------------------------------------


async def typist(here: Scene, first: bytes = b"hi\r\n") -> tuple[TcpMember, FakeTransport]:
    """Someone who types lines, and what it was told at first is taken."""
    member, transport = join(here)
    member.data_received(first)
    await here.settle()
    transport.take()
    return member, transport


async def test_who_turns_to_lines_is_told_once_who_is_here_and_what_can_be_typed() -> None:
    async with scene() as here:
        bob, bobs = join(here)
        ann, told = join(here)
        ann.data_received(b"/nobody\n")
        here.clock.pass_by(0.31)
        await here.settle()
        assert told.take() == (b"* 2 here; /help tells what you can type\n* there is no command /nobody: see /help\n")
        ann.data_received(b"hi\n\nagain\r\n")
        await here.settle()
        assert told.take() == b""
        bobs.take()
        bob.data_received(b"\xff\xf1 \n")  # telnet
        await here.settle()
        assert bobs.take() == b"* 2 here; /help tells what you can type, /quit leaves\n"


async def test_in_chinese() -> None:
    async with scene(language="zh") as here:
        ann, told = join(here)
        ann.data_received(b"hi\r\n")
        await here.settle()
        assert told.take().decode() == "* 现在有 1 人;输入 /help 看看可以做什么,/quit 离开\r\n"


async def test_who_closed_its_side_or_speaks_as_the_post_does_is_told_nothing() -> None:
    async with scene() as here:
        ann, told = join(here)
        ann.data_received(b"a\nb\n")
        ann.eof_received()
        await here.settle()
        assert told.take() == b""
        bob, told = join(here)
        bob.data_received(b"hi\n\n")
        await here.settle()
        assert told.take() == b""


async def test_how_many_are_here_is_told_to_nobody_outside() -> None:
    async with scene(password="open sesame") as here:
        ann, told = here.connect(here.raw())
        ann.data_received(b"hi\r\n")
        await here.settle()
        assert b"here;" not in told.take()
        ann.data_received(b"/pass open sesame\r\n")
        await here.settle()
        assert told.take() == b"* you are in\r\n* 1 here; /help tells what you can type, /quit leaves\r\n"


async def test_lines_and_posts_hear_the_same_people_each_in_its_form() -> None:
    async with scene() as here:
        ann, _ = await typist(here)
        _, line = await typist(here)
        _, post = join(here)
        guest = guest_label(ann.by)
        ann.data_received(b"hi\r\n/me waves\r\n/name Ann\r\n")
        await here.settle()
        ann.data_received(b"hi\r\n/me waves\r\n")
        await here.settle()
        assert line.take().decode() == f"{guest}: hi\r\n{guest} *waves*\r\nAnn: hi\r\nAnn *waves*\r\n"
        head = "来自('10.0.0.1', 50000)的消息:"
        assert post.take().decode() == (f"{head}hi\n\n{head}*waves*\n\n来自Ann的消息:hi\n\n来自Ann的消息:*waves*\n\n")


async def test_no_two_are_seen_as_one_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as here:
        owners = iter(["as somebody else", "another"])
        monkeypatch.setattr(tcp, "new_owner", lambda: next(owners))
        free = iter([False, True])
        monkeypatch.setattr(here.room.roster, "is_free", lambda label, by: next(free))
        bob, _ = join(here)
        assert bob.owner == "another"


async def test_me_needs_something_to_do_and_tells_no_password() -> None:
    async with scene() as here:
        ann, told = await typist(here)
        ann.data_received(b"/me\r\n/me /op secret\r\n")
        await here.settle()
        assert told.take().startswith(b"* usage: /me ACTION (say what you do: /me waves)\r\n* that was not said")
        assert here.room.store.head == 1


async def test_times_are_switched_on_and_off_and_the_zone_is_told() -> None:
    async with scene() as here:
        ann, told = await typist(here)
        bob, _ = await typist(here)
        told.take()
        ann.data_received(b"/times on\r\n")
        await here.settle()
        assert re.fullmatch(rb"\* messages have their time, in the server's zone \(UTC[+-]\d\d:\d\d\)\r\n", told.take())
        bob.data_received(b"hi\r\n")
        await here.settle()
        assert re.fullmatch(rb"\[\d\d:\d\d\] guest-[a-z]{6}: hi\r\n", told.take())
        ann.data_received(b"/times off\r\n")
        bob.data_received(b"hi\r\n")
        await here.settle()
        assert re.fullmatch(rb"\* messages have no time any more\r\nguest-[a-z]{6}: hi\r\n", told.take())
        ann.data_received(b"/times\r\n/joins maybe\r\n")
        await here.settle()
        assert told.take() == (
            b"* usage: /times on|off (whether messages have their time)\r\n"
            b"* usage: /joins on|off (whether you are told who comes, goes, is renamed)\r\n"
        )


async def test_who_asks_for_times_in_the_posts_framing_has_the_line_form() -> None:
    async with scene() as here:
        ann, told = join(here)
        bob, _ = join(here)
        ann.data_received(b"/times on\n\n")
        await here.settle()
        assert told.take().endswith(b")\n\n")
        bob.data_received(b"one\ntwo\n\n")
        await here.settle()
        assert re.fullmatch(rb"\[\d\d:\d\d\] guest-[a-z]{6}: one\n  two\n\n", told.take())


async def test_joins_are_told_coalesced_to_who_asked() -> None:
    async with scene() as here:
        ann, told = await typist(here)
        quiet, nothing = await typist(here)
        told.take()
        here.room._tell_changes()
        ann.data_received(b"/joins on\r\n")
        await here.settle()
        assert told.take() == b"* you are told who comes and goes, and is renamed\r\n"
        bob, _ = join(here)
        passing, _ = join(here)
        passing.eof_received()
        here.room.roster.rename(quiet, "Quiet", named=False)
        nothing.take()
        await here.settle()
        assert told.take() == b""
        here.room._tell_changes()
        await here.settle()
        told_now = told.take().decode()
        assert told_now == f"* renamed: {guest_label(quiet.by)} is now Quiet\r\n* joined: {guest_label(bob.by)}\r\n"
        assert nothing.take() == b""
        bob.eof_received()
        await here.settle()
        here.room._tell_changes()
        await here.settle()
        assert told.take().decode() == f"* left: {guest_label(bob.by)}\r\n"
        ann.data_received(b"/joins off\r\n")
        await here.settle()
        told.take()
        join(here)
        here.room._tell_changes()
        await here.settle()
        assert told.take() == b""


async def test_what_can_be_switched_here_can_not_be_elsewhere() -> None:
    async with scene() as here:
        for door in ("text", "json"):
            peer = DOORS[door](here, "192.0.2.1")
            await peer.come()
            for command in ("/times on", "/joins off"):
                assert f"{command.split()[0]} is for nc and telnet" in await peer.ask(command)


@each_of(
    ("why", "last"),
    [
        (Closing.GOING_AWAY, "* the server stops or restarts: come again in a moment\r\n"),
        (Closing.KICKED, "* an operator has sent you away\r\n"),
        (Closing.BANNED, "* you are banned from this room\r\n"),
        (Closing.TOO_SLOW, "* you took nothing for too long, and are disconnected\r\n"),
        (Closing.SILENT, "* you were silent for too long, and are disconnected\r\n"),
        (Closing.PASSWORD, "* no password was given in time, and you are disconnected\r\n"),
        (Closing.INTERNAL, "* a fault of the server's has ended this: come again in a moment\r\n"),
        (Closing.QUIT, "* you have left (nc ends at the next Enter)\r\n"),
        (Closing.LEFT, ""),
    ],
)
async def test_a_last_line_tells_who_types_lines_why_it_ends(why: Closing, last: str) -> None:
    async with scene() as here:
        ann, told = await typist(here)
        bob, posts = join(here)
        carl, listens = join(here)  # it may be a program of the post's, for all that is known
        bob.data_received(b"hi\n\n")
        await here.settle()
        for each in (told, listens):
            each.take()
        for leaver in (ann, bob, carl):
            leaver.close(why)
        assert told.take().decode() == last
        assert (posts.take(), listens.take()) == (b"", b"")
        assert told.ended or told.closed


@each_of(
    ("spoken", "is_at_once"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32), True),
        (b"/quit\n\n", False),
    ],
)
async def test_who_speaks_something_else_is_not_waited_for(spoken: bytes, is_at_once: bool) -> None:
    async with scene() as here:
        member, transport = here.connect(here.raw())
        member.data_received(spoken)
        await here.settle()
        assert (transport.closed, transport.ended) == (is_at_once, not is_at_once)


async def test_who_asked_for_times_in_the_posts_framing_hears_why_it_ends_too() -> None:
    """It is served in the line form. `gateway chat` heard nothing, and was back within a second."""
    async with scene() as here:
        ann, told = join(here)
        ann.data_received(b"/times on\n\n")
        await here.settle()
        told.take()
        ann.close(Closing.KICKED)
        assert told.take() == b"* an operator has sent you away\n\n"


async def test_who_is_refused_a_name_hears_what_it_is_called() -> None:
    """By the raw wire a guest heard that nowhere."""
    async with scene() as here:
        bob, told = await typist(here)
        for each, taken in ((join(here), "Ann"), ((bob, told), "Bob")):
            each[0].data_received(f"/name {taken}\r\n".encode())
            await here.settle()
            each[1].take()
        guest, heard = join(here)
        guest.data_received(b"/name Ann\n\n")
        bob.data_received(b"/name Ann\r\n/name\r\n")
        await here.settle()
        assert heard.take().decode() == f"* you are still {guest_label(guest.by)}: the name Ann is taken\n\n"
        no_name = "a name needs at least one character: /name NAME"
        assert (
            told.take().decode() == f"* you are still Bob: the name Ann is taken\r\n* you are still Bob: {no_name}\r\n"
        )


async def test_a_ban_is_told_once() -> None:
    async with scene(password="open sesame", admin_password="x") as here:
        ann, told = here.connect(here.raw("192.0.2.1"))
        ann.data_received(b"hi\r\n")
        await here.settle()
        told.take()
        operator = JsonPeer(here, "198.51.100.1", password="open sesame")
        await operator.come()
        await operator.ask("/op x")
        await operator.ask("/ban 192.0.2.1")
        ann.data_received(b"/pass open sesame\r\n")
        await here.settle()
        assert told.take() == b"* you are banned from this room\r\n"


async def test_help_is_what_this_person_can_do_a_line_each() -> None:
    async with scene(admin_password="x") as here:
        ann, told = await typist(here)
        ann.data_received(b"/help\r\n")
        await here.settle()
        lines = told.take().decode().split("\r\n")
        assert lines[0] == "* you can type:"
        assert "  /me ACTION              say what you do: /me waves" in lines
        assert [line.split()[0] for line in lines if line.startswith("  /")] == [
            *("/name", "/who", "/me", "/history", "/delete", "/search", "/times", "/joins", "/help", "/quit", "/op"),
        ]
        ann.data_received(b"/op x\r\n/help\r\n")
        await here.settle()
        assert "  /kick WHOM              send away\r\n" in told.take().decode()
        json = DOORS["json"](here, "192.0.2.1")
        await json.come()
        helped = await json.ask("/help")
        assert "/me" in helped
        assert "/times" not in helped
        assert "/kick" not in helped
    async with scene(password="x") as here:
        ann, told = join_locked(here)
        ann.data_received(b"/pass x\r\n/help\r\n")
        await here.settle()
        helped = told.take().decode()
        assert "/pass PASSWORD" in helped
        assert "/op" not in helped


async def test_who_is_held_by_the_debt_of_its_address_is_not_late_with_its_password() -> None:
    async with scene(password="x", rate_kib=1) as here:
        ann, told = join_locked(here)
        meter = here.house.meters.meter(ann.host, here.clock.now())
        meter.take_bytes(2**20, here.clock.now())
        ann.data_received(b"/pass x\r\n")
        for _ in range(400):
            here.clock.pass_by(1)
            await here.settle()
            if ann.is_in:
                break
        assert ann.is_in
        assert here.clock.now() > 70
        assert not told.closed


def join_locked(here: Scene) -> tuple[TcpMember, FakeTransport]:
    return here.connect(here.raw())


@each_of(
    ("typed", "said"),
    [
        (b"\x1b[A\r\n", []),
        (b"hel\x1b[D\x1b[Clo\r\n", ["hello"]),
        (b"\x1bOA\x1bOBhello\x1b[3~\r\n", ["hello"]),
        (b"\x1b[1;5Dhello\r\n", ["hello"]),
        (b"half\x03\r\n", ["half"]),
        (b"half\xff\xf4\xff\xfd\x06hello\r\n", ["hello"]),  # telnet's Ctrl-C: IP, DO TIMING-MARK
        (b"half\xff\xf3\r\n", []),  # BREAK
        (b"half\xff\xee\r\n", []),  # ABORT
    ],
)
async def test_keys_of_a_terminal_say_nothing_odd(typed: bytes, said: list[str]) -> None:
    async with scene() as here:
        ann, _ = await typist(here)
        ann.data_received(typed)
        await here.settle()
        assert [message.text for message in await here.store.read(1, 10)] == said


async def test_all_who_type_lines_share_one_bytes_object_and_one_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []
    encoded: list[RawFormat] = []
    take, encode = TcpMember.take, RawFormat.encode

    def taking(member: TcpMember, chunk: Chunk) -> None:
        taken.append(chunk.data)
        take(member, chunk)

    def encoding(wire_format: RawFormat, message: Message) -> bytes:
        encoded.append(wire_format)
        return encode(wire_format, message)

    async with scene(per_ip=0, rate=0.0, rate_kib=0) as here:
        here.house = replace(here.house, gate=Gate(2000, 0))
        crowd = [join(here) for _ in range(1000)]
        for number, (member, _) in enumerate(crowd):
            member.data_received(b"/times on\r\n" if number % 2 else b"/me\r\n")
        await here.settle()
        for _, told in crowd:
            told.take()
        monkeypatch.setattr(TcpMember, "take", taking)
        monkeypatch.setattr(RawFormat, "encode", encoding)
        ann, _ = join(here)
        ann.data_received(b"hi\n\n")
        await here.settle()
        assert len(taken) == 1001
        assert len({id(data) for data in taken}) == len(encoded) == len({*encoded}) == 3  # plain, timed, the post's
        assert len({told.take() for _, told in crowd}) == 2
