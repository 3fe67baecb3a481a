"""Where each thing that was said stands, and how far it is known to be stored."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.client.ledger import WINDOW, Ledger, Said


def said(*texts: str) -> Ledger:
    """A ledger with a connection, where these wait."""
    ledger = Ledger()
    ledger.opened(0)
    for text in texts:
        ledger.say(text, 0, 0, "")
    return ledger


def send(ledger: Ledger, *, is_marked: bool) -> Said:
    one = ledger.begin()
    ledger.written(0, is_marked=is_marked)
    return one


def waiting(ledger: Ledger) -> list[str]:
    return [one.text for one in ledger.waiting()]


def test_each_has_an_id_of_its_own_and_its_count_unless_it_has_a_number() -> None:
    ledger = said("one", "two")
    ledger.say("three", 5, 41, "action")
    ids = {one.id for one in ledger.pending}
    assert len(ids) == 3
    ledger.say("four", 6, 0, "", 41)
    assert [one[1:] for one in ledger.pending] == [
        ("one", 0, 1, "", 0),
        ("two", 0, 2, "", 0),
        ("three", 5, 41, "action", 0),
        ("four", 6, 4, "", 41),
    ]
    assert ledger.said == 4


def test_what_was_sent_is_unsure_until_it_is_acked_in_whatever_order() -> None:
    ledger = said("one", "two", "three")
    one, two, _ = ledger.pending
    ledger.sent(2)
    assert (waiting(ledger), ledger.unsent, ledger.unsure, ledger.is_unsure) == (["three"], 1, 2, True)
    assert ledger.settle(two.id, 4) is two
    assert (ledger.unsure, ledger.settled, ledger.lag) == (1, 1, 4)
    assert ledger.settle(two.id, 9) is None
    assert ledger.settle(one.id, 5) is one
    assert (ledger.unsure, ledger.is_unsure, ledger.settled, ledger.lag) == (0, False, 2, 5)
    assert (waiting(ledger), ledger.unsent) == (["three"], 1)


def test_a_window_is_full_with_all_that_is_pending() -> None:
    ledger = said(*["x"] * (WINDOW - 1))
    assert not ledger.is_full
    ledger.say("x", 0, 0, "")
    ledger.sent(WINDOW)
    assert ledger.is_full


def test_on_a_new_connection_all_is_sent_anew_and_lag_is_counted_from_its_opening() -> None:
    ledger = said("one", "two")
    ledger.sent(2)
    ledger.opened(60)
    assert (waiting(ledger), ledger.unsure) == (["one", "two"], 0)
    ledger.sent(1)
    ledger.settle(ledger.pending[0].id, 60.5)
    assert ledger.lag == 0.5


def test_what_is_unmarked_is_pending_no_more_and_settled_by_a_later_mark() -> None:
    ledger = said("one", "two")
    one = ledger.begin()
    assert ledger.written(3, is_marked=False) is one
    assert (waiting(ledger), ledger.unmarked, ledger.unsure, ledger.settled, ledger.lag) == (["two"], 1, 1, 0, 3)
    two = ledger.begin()
    assert ledger.written(3, is_marked=True) is None
    ledger.settle_unmarked()
    assert (list(ledger.pending), ledger.unmarked, ledger.unsure, ledger.settled) == ([two], 0, 1, 1)


def test_nothing_is_under_way_where_something_else_was_written() -> None:
    ledger = said("one")
    assert ledger.written(0, is_marked=False) is None
    assert (waiting(ledger), ledger.unsure) == (["one"], 0)


def test_what_is_lost_is_not_said_again_and_what_was_under_way_is() -> None:
    for is_marked in (True, False):
        ledger = said("one", "two", "three")
        one = send(ledger, is_marked=is_marked)
        ledger.begin()
        assert ledger.unsure == 2
        assert ledger.lost() == [one] * is_marked, "of what is unmarked it was told already"
        assert (waiting(ledger), ledger.unsure, ledger.unstored, ledger.is_unsure) == (["two", "three"], 1, 1, False)
        assert ledger.written(0, is_marked=False) is None
        ledger.settle_unmarked()
        assert (ledger.unstored, ledger.settled) == (1, 0)


def test_what_is_settled_before_it_is_all_written_is_not_said_again() -> None:
    ledger = said("one")
    ledger.settle(ledger.begin().id, 0)
    assert ledger.lost() == []
    assert (list(ledger.pending), ledger.unstored, ledger.settled) == ([], 0, 1)


def test_what_came_to_a_shut_door_is_taken_back_once_in_its_order() -> None:
    ledger = said("one", "two", "three")
    for _ in range(2):
        send(ledger, is_marked=False)
    for _ in range(2):
        ledger.take_back()
        assert (waiting(ledger), ledger.unsure) == (["one", "two", "three"], 0)


def test_what_is_under_way_to_a_shut_door_waits_again_behind_what_came_to_it() -> None:
    ledger = said("one", "two", "three")
    send(ledger, is_marked=False)
    ledger.begin()
    ledger.take_back()
    assert (waiting(ledger), ledger.unsure) == (["one", "two", "three"], 0)
    assert ledger.written(0, is_marked=False) is None


def test_what_came_to_another_connections_door_or_is_settled_is_not_taken_back() -> None:
    for end in (Ledger.lost, Ledger.settle_unmarked):
        ledger = said("one")
        send(ledger, is_marked=False)
        end(ledger)
        ledger.take_back()
        assert (list(ledger.pending), ledger.unmarked, ledger.unstored + ledger.settled) == ([], 0, 1)


def test_of_so_much_nothing_is_taken_back_no_door_let_it_pass() -> None:
    ledger = said(*["x"] * (WINDOW + 1))
    for _ in range(WINDOW + 1):
        send(ledger, is_marked=False)
    ledger.take_back()
    assert (list(ledger.pending), ledger.unmarked) == ([], WINDOW + 1)


STEPS = ["say", "begin", "written", "ack", "mark", "shut", "known", "lose"]


@given(st.lists(st.sampled_from(STEPS), min_size=20, max_size=60))
def test_whatever_happens_each_stands_in_one_place_and_waits_in_order(steps: list[str]) -> None:
    """As the raw wire has it: nothing is marked before it is known that marks are, and then no door is shut."""
    ledger = said()
    count = 0
    is_marked = is_under_way = False
    for step in steps:
        if step == "say":
            count += 1
            ledger.say(f"{count}", 0, 0, "")
        elif step == "begin" and ledger.unsent and not is_under_way:
            ledger.begin()
            is_under_way = True
        elif step == "written":
            ledger.written(0, is_marked=is_marked)
            is_under_way = False
        elif step == "ack" and is_marked and ledger.unsent < len(ledger.pending):
            ledger.settle(ledger.pending[0].id, 0)
        elif step == "mark":
            ledger.settle_unmarked()
        elif step == "shut" and not is_marked:
            ledger.take_back()
        elif step == "known" and not is_under_way:
            is_marked = True
        elif step == "lose":
            ledger.lost()
            assert ledger.unstored == ledger.unsure
            ledger.opened(0)
            is_under_way = False
        numbers = [one.number for one in ledger.pending]
        assert numbers == sorted(set(numbers))
        assert ledger.settled + ledger.unstored + ledger.unmarked + len(numbers) == count
        assert ledger.settled + ledger.unsure + ledger.unsent == count
        assert min(ledger.unmarked, ledger.unsure, ledger.unsent) >= 0
