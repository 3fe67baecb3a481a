"""What a nats-server says of its disk; one whose disk is full is in e2e/test_faults."""

import secrets
from functools import partial

import msgspec
import pytest

from gateway.stores import StoreError
from gateway.stores.jetstream.disk import DiskError, check_disk, disk_failure, disk_named
from gateway.stores.jetstream.nats import AwayError, Link, Place
from gateway.stores.jetstream.stream import Stream

from ...nats import NatsServer, url
from ...tables import each_of

PLACE = Place.parse("nats://ann:secret@example.org:4222/room")
SAID = "write /srv/js/jetstream/$G/streams/CHAT_room/msgs/4.blk: no space left on device"


class Says(Link):
    """One that answers with this, as JetStream."""

    def __init__(self, text: str) -> None:
        super().__init__(PLACE)
        self._text = text

    async def request(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> bytes:
        assert subject == "$JS.API.STREAM.MSG.DELETE.CHAT_room"
        return msgspec.json.encode({"error": {"code": 500, "err_code": 10057, "description": self._text}})


async def test_its_words_are_told_to_all_and_its_folder_to_the_operator() -> None:
    with pytest.raises(DiskError) as caught:
        await check_disk(Says(SAID), "CHAT_room")
    assert caught.value.cause == "it can't write to its disk: no space left on device"
    advice = "it goes on so until that is mended and it is restarted"
    assert str(caught.value) == f"NATS at example.org:4222, /srv/js: {caught.value.cause}; {advice}"


@each_of(
    "said",
    [
        "no message found",
        "stream store EOF",
        "insufficient permissions",
        "write /srv/js: ",
    ],
)
async def test_what_says_nothing_of_a_disk_is_no_cause(said: str) -> None:
    await check_disk(Says(said), "CHAT_room")


async def test_silence_is_told_as_the_disks_if_it_is() -> None:
    for said, told in ((SAID, "can't write to its disk"), ("no message found", "^it does not answer in time$")):
        with pytest.raises(AwayError, match=told):
            async with disk_named(partial(check_disk, Says(said), "CHAT_room"), PLACE):
                raise AwayError("it does not answer in time")


@pytest.mark.nats
async def test_a_batch_that_it_could_not_keep_may_be_the_disks(nats: NatsServer) -> None:
    where = url([nats], secrets.token_hex(4))
    link = await Link.open(Place.parse(where))
    stream = Stream(link, 10, 10**6)
    await stream.open()
    commit = {"Nats-Batch-Id": "one", "Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"}
    with pytest.raises(StoreError, match="atomic publish batch is incomplete: is its disk full"):
        async with disk_named(stream.check, link.place):
            await link.ask(msgspec.Raw, stream.subject, b"second", commit)
    await stream.check()
    await link.close()
    assert await disk_failure(where) == ""
