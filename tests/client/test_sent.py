"""What was said to who may be no gateway."""

from gateway.client.sent import Sent
from gateway.client.session import WINDOW, Said


def some(count: int) -> tuple[Sent, list[Said]]:
    sent, said = Sent(), [Said(f"id {number}", "x", 0.0, number) for number in range(count)]
    for each in said:
        sent.add(each)
    return sent, said


def test_what_came_to_a_shut_door_is_taken_back_once() -> None:
    sent, said = some(3)
    assert (sent.taken_back(), len(sent)) == (said, 0)
    sent.add(said[0])
    assert (sent.taken_back(), sent.taken_back(), len(sent)) == ([said[0]], [], 0)


def test_who_is_let_in_takes_nothing_back_and_what_is_stored_is_unsure_no_more() -> None:
    sent, said = some(3)
    sent.let_in()
    sent.add(said[0])
    assert (sent.taken_back(), len(sent)) == ([], 4)
    assert (sent.stored(), sent.stored(), len(sent)) == (4, 0, 0)


def test_of_so_much_nothing_is_kept_no_door_let_it_pass() -> None:
    sent, said = some(WINDOW + 1)
    sent.add(said[0])
    assert (sent.taken_back(), len(sent)) == ([], WINDOW + 2)
