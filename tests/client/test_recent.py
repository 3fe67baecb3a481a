"""The messages that were told last."""

from gateway.client import told
from gateway.client.recent import MOST, MOST_OF_A_TEXT, Recent, without


def test_so_many_are_kept_and_the_beginning_of_each() -> None:
    recent = Recent()
    for seq in range(MOST + 2):
        recent.add(told.Message("bob", "x" * (MOST_OF_A_TEXT + 1), seq))
    assert [recent.get(seq) is None for seq in (0, 1, 2)] == [True, True, False]  # 0 is none of a log
    last = recent.get(MOST + 1)
    assert last is not None
    assert last.text == "x" * MOST_OF_A_TEXT


def test_one_goes_from_one_to_the_next_by_their_order_and_not_by_when_they_were_told() -> None:
    recent = Recent()
    assert (recent.older(0), recent.newer(0)) == (0, 0)
    for seq in (7, 9, 3, 5):
        recent.add(told.Message("bob", "x", seq))
    recent.take_back([5, 6])
    assert [recent.older(seq) for seq in (0, 9, 7, 3)] == [9, 7, 3, 3]
    assert [recent.newer(seq) for seq in (3, 7, 9)] == [7, 9, 0]
    assert recent.get(5) == told.Message("bob", "", 5, kind=told.DELETED)
    recent.forget()
    assert recent.get(7) is None


def test_what_is_not_shown_yet_is_told_without() -> None:
    messages = [told.Message("bob", "secret", 3, re=1), told.Message("bob", "kept", 4, re=1)]
    gone = [told.Message("bob", "", 3, kind=told.DELETED), messages[1]]
    assert [without(each, [3]) for each in messages] == gone
    for kind in (told.Page, told.Found):
        assert without(kind(messages, more=True), [3]) == kind(gone, more=True)
    assert without(told.Notice("secret"), [3]) == told.Notice("secret")
