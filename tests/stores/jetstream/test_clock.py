"""What time it is in a room: the machine's clock is the test's own, NATS's is the real one or what an answer tells."""

import asyncio
import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from gateway.stores import EndedError
from gateway.stores.jetstream import JetStreamStore, clock
from gateway.stores.jetstream.clock import EARLIEST, LATEST, LEAST_MS, MOST_MS, TOLD_MS, Clock, look_again
from gateway.stores.jetstream.nats import AwayError, Place
from gateway.stores.wall import machine_time
from gateway.tasks import end

from ...nats import NatsServer, url
from ...patience import PATIENCE

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1764000000000
PLACE = Place(("nats://192.0.2.1:4222",), "room")


class Machine:
    """A machine's clock, which moves when it is told to."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> int:
        return self.at


class Told:
    """A clock of a room, and what NATS tells it: that it is so far ahead, after a round trip of so many ms."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.clock = Clock(PLACE, self.machine)

    def hear(self, ahead: int, took: int = 0) -> None:
        asked_at = self.machine.at
        self.machine.at += took
        time = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=asked_at + took // 2 + ahead)
        self.clock.heard(asked_at, time)

    @property
    def off(self) -> int:
        return self.clock.wall() - self.machine.at


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "gateway.clock"]


def test_what_is_off_by_little_is_not_corrected_nor_told(caplog: pytest.LogCaptureFixture) -> None:
    here = Told()
    assert here.off == 0
    for ahead in (LEAST_MS, -LEAST_MS, 0):
        here.hear(ahead, took=MOST_MS)
        assert here.off == 0
    assert not warnings(caplog)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 10 * DAY, -10 * DAY, LEAST_MS + 1])
def test_what_is_off_by_more_is_corrected_by_half_of_the_round_trip(ahead: int) -> None:
    here = Told()
    here.hear(ahead, took=500)
    assert here.off == ahead
    here.hear(ahead + 300)
    assert here.off == ahead, "times would jump about"
    here.hear(-1)
    assert here.off == 0, "the machine's own again"


def test_it_is_told_when_it_begins_when_it_changes_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    here = Told()
    for ahead in (TOLD_MS, -HOUR, -HOUR, -HOUR + 3000, 10 * DAY, 0, 0):
        here.hear(ahead)
    by = ["1:00:00 ahead of that", "10 days, 0:00:00 behind that", ""]
    told = warnings(caplog)
    assert [each in line for each, line in zip(by, told, strict=True)] == [True] * 3
    assert told[0] == (
        "this machine's clock is 1:00:00 ahead of that of NATS at 192.0.2.1:4222, by which the room goes: see to it"
        " that NTP sets both; until then nothing is lifted or dropped before it is over by both"
    )
    assert told[2] == "this machine's clock agrees with that of NATS at 192.0.2.1:4222 again"


@pytest.mark.parametrize(
    "time",
    [None, datetime(1, 1, 1, tzinfo=UTC), EARLIEST - timedelta(seconds=1), LATEST, datetime.max.replace(tzinfo=UTC)],
)
def test_what_is_no_time_that_it_could_be_changes_nothing(time: datetime | None) -> None:
    here = Told()
    here.clock.heard(here.machine.at, time)
    assert (here.off, here.clock.surely_past()) == (0, NOW)
    here.hear(-HOUR)
    here.clock.heard(here.machine.at, time)
    assert (here.off, here.clock.surely_past()) == (-HOUR, NOW - HOUR)


@pytest.mark.parametrize("took", [MOST_MS + 1, -1, 10 * DAY, -10 * DAY])
def test_a_clock_that_jumped_between_question_and_answer_is_not_measured_by_that(took: int) -> None:
    here = Told()
    asked_at = here.machine.at
    here.machine.at += took
    here.clock.heard(asked_at, datetime.fromtimestamp(NOW / 1000, UTC))
    assert here.off == 0
    assert here.clock.surely_past() <= NOW, "and nothing is over by it"


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 10 * DAY, -10 * DAY])
def test_what_is_surely_past_is_so_by_both(ahead: int) -> None:
    here = Told()
    here.hear(ahead)
    assert here.clock.surely_past() == min(NOW, NOW + ahead)


async def test_it_is_looked_at_again_and_again_whatever_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.001)
    asked, enough = 0, asyncio.Event()

    async def refresh() -> None:
        nonlocal asked
        asked += 1
        if asked > 3:
            enough.set()
        raise AwayError("away") if asked % 2 else EndedError("made anew")

    task = asyncio.ensure_future(look_again(refresh))
    async with asyncio.timeout(PATIENCE):
        await enough.wait()
    await end(task)


async def opened(server: NatsServer, room: str, off: int) -> JetStreamStore:
    """A node whose machine's clock is so far off."""
    place = Place.parse(url([server], room))
    return await JetStreamStore.open(place, 100, 10**6, 65536, machine=lambda: machine_time() + off)


@pytest.mark.parametrize("off", [0, HOUR, -HOUR, 10 * DAY])
async def test_a_node_goes_by_natss_clock_from_its_start(
    nats: NatsServer, off: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Also the one that makes the room."""
    room = secrets.token_hex(4)
    for _ in range(2):
        store = await opened(nats, room, off)
        assert abs(store.wall() - machine_time()) < LEAST_MS
        sure = await store.surely_past()
        assert min(0, off) - LEAST_MS < sure - machine_time() <= min(0, off)
        await store.close()
    told = warnings(caplog)
    assert len(told) == (2 if off else 0)
    assert all(re.search(r"ahead of that|behind that", line) for line in told)


async def test_a_clock_that_jumps_while_it_runs_is_found_out_before_anything_is_done_by_it(nats: NatsServer) -> None:
    off = 0
    place = Place.parse(url([nats], secrets.token_hex(4)))
    store = await JetStreamStore.open(place, 100, 10**6, 65536, machine=lambda: machine_time() + off)
    off = 10 * DAY
    assert await store.surely_past() <= machine_time()
    assert abs(store.wall() - machine_time()) < LEAST_MS
    await store.close()


async def test_and_found_out_soon_when_nothing_is_done(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "LOOK_SECONDS", 0.01)
    off, place = 0, Place.parse(url([nats], secrets.token_hex(4)))
    store = await JetStreamStore.open(place, 100, 10**6, 65536, machine=lambda: machine_time() + off)
    off = HOUR
    async with asyncio.timeout(PATIENCE):
        while abs(store.wall() - machine_time()) > LEAST_MS:
            await asyncio.sleep(0.01)
    await store.close()
