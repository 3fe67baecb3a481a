"""What a stream is known to hold: the newest of it."""

import pytest

from gateway.stores.jetstream import known
from gateway.stores.jetstream.known import Known


def test_the_newest_keys_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST", 100)
    keys = Known()
    for number in range(1, 1001):
        keys.note(b"%d" % number, number)
        keys.note(None, number)
        assert len(keys._seqs) <= 100
    assert [keys.seq(b"%d" % number) for number in (1, 800, 920, 1000)] == [None, None, 920, 1000]
    assert keys.seq(None) is None


def test_what_was_taken_back_is_known_however_much_is_said_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nats-server that was started since does not know it; all else it does."""
    monkeypatch.setattr(known, "MOST", 100)
    keys = Known()
    keys.note_taken_back({b"gone": 7})
    for number in range(1, 1001):
        keys.note(b"%d" % number, number)
    assert keys.seq(b"gone") == 7
    for number in range(1, 1001):
        keys.note_taken_back({b"%d gone" % number: number})
        assert len(keys._taken_back) <= 100
    assert (keys.seq(b"gone"), keys.seq(b"1000 gone")) == (None, 1000)
