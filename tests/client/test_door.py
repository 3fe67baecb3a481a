"""Whether a room wants a password first, and what was said before that was known."""

from gateway.client.door import Door
from gateway.client.session import WINDOW, Said


def tried(count: int) -> tuple[Door, list[Said]]:
    door, said = Door(), [Said(f"id {number}", "x", 0.0, number) for number in range(count)]
    for each in said:
        door.took(each)
    return door, said


def test_what_came_to_a_shut_door_is_taken_back_once() -> None:
    door, said = tried(3)
    assert (door.is_unknown, door.is_shut) == (True, False)
    assert door.shut() == said
    assert (door.is_unknown, door.is_shut) == (False, True)
    assert door.shut() == []


def test_who_is_let_in_takes_nothing_back() -> None:
    door, said = tried(3)
    door.open()
    assert (door.is_unknown, door.is_shut) == (False, False)
    door.took(said[0])
    assert door.shut() == []


def test_of_so_much_nothing_is_kept_no_door_let_it_pass() -> None:
    door, said = tried(WINDOW + 1)
    door.took(said[0])
    assert door.is_unknown
    assert door.shut() == []
