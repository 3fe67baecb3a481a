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
