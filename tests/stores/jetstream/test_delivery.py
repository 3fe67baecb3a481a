"""What a consumer sends: whole, in order, or not at all."""

import asyncio
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.messages import Message
from gateway.stores import StoreError, last_of
from gateway.stores.jetstream.consumer import ENDS
from gateway.stores.jetstream.delivery import MAX_BATCH, Delivery, Reading, RecordReader
from gateway.stores.jetstream.known import Known
from gateway.stores.jetstream.nats import Place
from gateway.stores.records import Skipped, record_of

from ...patience import PATIENCE
from ...samples import a_draft
from ...tables import each_of

PLACE = Place.parse("nats://127.0.0.1:4222/room")
INSIDE = b"NATS/1.0\r\nNats-Msg-Id: a.1\r\nNats-Batch-Id: b\r\nNats-Batch-Sequence: 1\r\n\r\n"
LAST = INSIDE.replace(b"\r\n\r\n", b"\r\nNats-Batch-Commit: 1\r\n\r\n")


def reply(seq: int, delivered: int, pending: int = 0, *, new: bool = False) -> bytes:
    domain = "_.hash." if new else ""
    return f"$JS.ACK.{domain}CHAT_room.consumer.1.{seq}.{delivered}.1790000000000000000.{pending}".encode()


def record(text: str) -> bytes:
    return record_of(a_draft(text))


async def texts(delivery: Delivery) -> list[tuple[int, str]]:
    return [(last_of(item), item.text if isinstance(item, Message) else "") for item in await delivery.next()]


@pytest.mark.parametrize("new", [False, True])
async def test_in_order_whatever_the_form_of_the_reply(new: bool) -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(reply(7, 1, 1, new=new), b"", record("a"))
    delivery.take(reply(9, 2, new=new), b"", record("b"))  # the stream may have holes
    assert await texts(delivery) == [(7, "a"), (9, "b")]
    assert delivery.owed == -2


async def test_a_hole_in_the_consumers_sequence_ends_it_after_what_came_before() -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(reply(1, 1), b"", record("a"))
    delivery.take(reply(3, 3), b"", record("c"))
    assert await texts(delivery) == [(1, "a")]
    delivery.take(reply(4, 4), b"", record("d"))
    with pytest.raises(StoreError, match="consumer sequence 3 came where 2 was due"):
        await delivery.next()


@each_of(
    "address",
    [
        b"",
        b"hello",
        b"$JS.ACK.a.b.1.x.1.2.0",
        b"$JS.ACK.a.b.1.1.1.2.\xff",
        b"$JS.ACK.a.b.1.-1.1.2.0",
        b"$JS.ACK.a.b.1.0.1.2.0",
        b"$JS.ACK.a.b.1.1_0.1.2.0",
        b"$JS.ACK.a.b.1." + b"9" * 30 + b".1.2.0",
        b"$JS.ACK.a.b.1." + b"9" * 17 + b".1.2.0",
        b"$JS.ACK.a.b.1.1.1.2." + b"9" * 5000,
    ],
)
async def test_what_is_from_somebody_else_ends_it(address: bytes) -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(address, b"", record("a"))
    with pytest.raises(StoreError, match="not from its consumer"):
        await delivery.next()


async def test_a_record_that_no_gateway_wrote_is_left_out() -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(reply(1, 1, 1), b"", b"{}")
    delivery.take(reply(2, 2), b"", record("b"))
    assert await texts(delivery) == [(1, ""), (2, "b")]


async def test_it_waits_for_the_end_of_a_batch_but_not_for_more_than_a_chunk() -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(reply(1, 1), INSIDE, record("1"))
    assert not delivery._came.is_set()
    delivery.take(reply(2, 2), LAST, record("2"))
    assert delivery._came.is_set()
    assert len(await delivery.next()) == 2
    for number in range(3, 3 + MAX_BATCH):
        assert not delivery._came.is_set()
        delivery.take(reply(number, number, 5), b"", record("x"))
    assert delivery._came.is_set()


async def test_what_is_stored_as_one_is_told_as_one_however_slowly_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken back in it was told before that came."""
    monkeypatch.setattr("gateway.stores.jetstream.delivery.GATHER_SECONDS", 0)
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.take(reply(1, 1), INSIDE, record("1"))
    for _ in range(3):
        await asyncio.sleep(0)
    delivery.take(reply(2, 2), INSIDE, record("2"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not delivery._came.is_set()
    delivery.take(reply(3, 3, 5), LAST, record("3"))
    async with asyncio.timeout(PATIENCE):
        assert len(await delivery.next()) == 3


@pytest.mark.parametrize("seq", ["", "x", "-1", "0", "3", "9" * 5000, "9" * 18])
async def test_a_direct_read_ends_at_what_has_no_place_after_it(seq: str) -> None:
    reading = Reading(3, RecordReader(str.upper, Skipped()))
    await reading.hear(Msg(Client(), subject="inbox", headers={"Nats-Sequence": "5"}, data=record("a")))
    await reading.hear(Msg(Client(), subject="inbox", headers={"Nats-Sequence": seq}, data=record("b")))
    assert reading.done.is_set()
    assert ([message.text for message in reading.messages], reading.first, reading.last) == (["a"], 5, 5)


@each_of(
    ("headers", "owed", "problem"),
    [({"Status": "100"}, 10, ""), ({"Status": "408", "Nats-Pending-Messages": "4"}, 6, ""), ({"Status": "503"}, 0, ""),
     ({"Status": "408", "Nats-Pending-Messages": "-4"}, 10, ""),
     ({"Status": "408", "Nats-Pending-Messages": "x"}, 10, ""),
     *(({"Status": "409", "Description": end, "Nats-Pending-Messages": "4"}, 6, "") for end in ENDS),
     ({"Status": "409", "Description": "Consumer Deleted"}, 10, "Consumer Deleted")],
)  # fmt: skip
async def test_a_status(headers: dict[str, str], owed: int, problem: str) -> None:
    delivery = Delivery(PLACE, RecordReader(str.upper, Skipped()), Known())
    delivery.owed = 10
    await delivery.heed(Msg(Client(), subject="inbox", headers=headers))
    assert delivery.owed == owed
    async with asyncio.timeout(PATIENCE):
        if problem:
            with pytest.raises(StoreError, match=problem):
                await delivery.next()
        else:
            assert await delivery.next() == []


async def test_a_record_with_a_field_called_status_is_a_record_like_others() -> None:
    """It was taken for the server's own word that there is no more: nothing before it could be read again."""
    reading = Reading(0, RecordReader(str.upper, Skipped()))
    for seq in (1, 2):
        headers = {"Nats-Sequence": str(seq), "Status": "404"}
        await reading.hear(Msg(cast(Any, None), data=record_of(a_draft(str(seq))), headers=headers))
    assert not reading.done.is_set()
    await reading.hear(Msg(cast(Any, None), headers={"Status": "204"}))
    assert reading.done.is_set()
    assert [message.text for message in reading.messages] == ["1", "2"]
