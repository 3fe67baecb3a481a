"""A block of the log: where its chunks end, whatever cursor asks; each message encoded once for a format."""

from gateway.room.blocks import BLOCK, CHUNK_BYTES, Block
from gateway.wires import Format
from gateway.wires.json import JSON
from gateway.wires.raw import POST, line_format

from ..samples import a_message
from ..tables import each_of


def block_of(*texts: str) -> Block:
    block = Block(BLOCK, 2 * BLOCK - 1)
    for seq, text in enumerate(texts, BLOCK):
        block.add(a_message(text, seq=seq))
    return block


def ends(block: Block) -> list[int]:
    """Behind which messages a chunk ends, for who reads all."""
    found, after = list[int](), block.start - 1
    while (chunk := block.slice(after))[0] < chunk[1]:
        found.append(chunk[1])
        after = block.messages[chunk[1] - 1].seq
    return found


def test_a_chunk_ends_after_64_kib() -> None:
    assert ends(block_of(*["x" * 40_000] * 9)) == [2, 4, 6, 8, 9]


def test_a_chunk_is_measured_in_bytes() -> None:
    assert ends(block_of(*["消息" * 1000] * 20)) == [11, 20]


@each_of("wire_format", [JSON, line_format("en", "\r\n")])
@each_of("text", ['"\\\t' * 3000, *("a" + each * 9000 + "a" for each in '"\\\t\n')])
def test_a_chunk_is_measured_as_it_is_on_the_wire(text: str, wire_format: Format) -> None:
    block = block_of(*[text] * 100)
    parts = block.parts(wire_format, *block.slice(0))
    assert sum(map(len, parts)) < CHUNK_BYTES + 1.2 * len(parts[0])


def test_a_chunk_ends_there_for_who_begins_within_it_too() -> None:
    block = block_of(*["x" * 40_000] * 4)
    assert [block.slice(BLOCK + after) for after in (-1, 0, 1, 2, 3)] == [(0, 2), (1, 2), (2, 4), (3, 4), (4, 4)]


def test_what_does_not_follow_at_once_is_in_a_chunk_of_its_own() -> None:
    block = block_of("one", "two")
    block.close()
    block.close()
    block.add(a_message("three", seq=BLOCK + 7))
    assert ends(block) == [2, 3]


def test_each_message_is_encoded_once_and_counted_until_that_is_forgotten() -> None:
    block = block_of("one", "two", "three")
    cost = block.cost
    assert cost == sum(message.cost for message in block.messages)
    (last,) = block.parts(POST, 2, 3)
    parts = block.parts(POST, 0, 3)
    assert parts[2] is last
    assert parts == [POST.encode(message) for message in block.messages]
    assert block.cost == cost + sum(map(len, parts))
    block.forget()
    assert block.cost == cost
    assert block.parts(POST, 2, 3)[0] is not last
