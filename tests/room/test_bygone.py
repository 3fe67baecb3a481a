"""What was taken back lately: what is left of a page, and who said what is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.room import bygone as bygone_module
from gateway.room.bygone import Bygone

from ..samples import FULL, a_message, same


def test_who_said_it_is_known_and_not_what() -> None:
    bygone = Bygone()
    bygone.add([1, 2])
    bygone.keep(a_message("abuse", seq=2, label="Troll", by="by-troll"))
    assert 1 in bygone
    assert bygone.known(1) is None  # it was not here
    assert bygone.known(2) == a_message("", seq=2, label="Troll", by="by-troll")
    said = a_message("abuse", **FULL, seq=3)
    bygone.keep(said)
    known = bygone.known(3)
    assert known
    assert same(known, said) == {"seq", "at", "via", "kind", "label", "owner", "by", "origin"}
    assert [message.seq for message in bygone.left([a_message(seq=seq) for seq in (1, 2, 3)])] == [3]


def test_what_the_log_has_no_more_is_not_looked_for_in_what_is_read() -> None:
    bygone = Bygone()
    bygone.add([1, 2, 3])
    bygone.keep(a_message("x", seq=1))
    bygone.expire(3)
    assert [seq for seq in range(5) if seq in bygone] == [3]
    assert bygone.known(1)  # whoever said it can be banned for it still


@given(st.lists(st.integers(1, 30)))
def test_what_was_taken_back_last_is_known_in_the_order_in_which_it_was_said(taken: list[int]) -> None:
    bygone, last = Bygone(), list[int]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bygone_module, "MOST", 5)
        for seq in taken:
            bygone.keep(a_message("x", seq=seq))
            last = last if seq in last else [*last, seq][-5:]
            assert [message.seq for message in bygone.newest_first()] == sorted(last, reverse=True)
