"""What is said can be checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import clean_text
from gateway.swarm.speech import MIN_SIZE, DamagedError, Speech


@given(st.integers(0, 99_999), st.integers(1, 10**7), st.integers(0, 10**10), st.integers(MIN_SIZE, 70_000))
def test_a_message_has_its_size_and_reads_as_what_was_said(sender: int, number: int, sent: int, size: int) -> None:
    speech = Speech("abcdef", size)
    text = speech.compose(sender, number, sent)
    assert len(text.encode()) == size
    said = speech.read(text.encode())
    assert said is not None
    assert (said.sender, said.number, said.sent) == (sender, number, sent)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_gateway_says_it_as_it_is(sender: int, number: int) -> None:
    text = Speech("abcdef", 200).compose(sender, number, 1)
    assert clean_text(text) == text


@given(st.integers(13, 99), st.integers(1, 255))
def test_any_change_is_noticed(at: int, change: int) -> None:
    speech = Speech("abcdef", 100)
    text = bytearray(speech.compose(3, 7, 1000).encode())
    text[at] ^= change
    with pytest.raises(DamagedError):
        speech.read(bytes(text))


def test_each_message_is_one_object() -> None:
    speech = Speech("abcdef", 100)
    text = speech.compose(3, 7, 1000).encode()
    assert speech.read(text) is speech.read(bytes(bytearray(text)))


@pytest.mark.parametrize("text", [b"hello", b"", b"swarm", Speech("fedcba", 100).compose(1, 1, 1).encode()])
def test_what_others_say_is_nobodys(text: bytes) -> None:
    assert Speech("abcdef", 100).read(text) is None
