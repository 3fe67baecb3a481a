"""Who is here, as far as it was told."""

from gateway.client import told
from gateway.client.people import KNOWN_NAMES, People


def test_who_is_here_is_known_before_they_speak_and_who_left_is_not() -> None:
    people = People()
    people.hear(told.Who(2, [told.Person("ann"), told.Person("bob")]))
    people.hear(told.Presence(2, [told.Person("cat")], [told.Person("ann")]))
    people.hear(told.Message("dan", "hi"))
    assert list(people) == ["bob", "cat", "dan"]
    people.hear(told.Presence(2, [told.Person("bob")], [told.Person("bob")]))  # who comes back at once is here
    assert "bob" in list(people)


def test_names_are_known_in_a_bounded_number_and_on_one_line() -> None:
    people = People()
    for number in range(KNOWN_NAMES + 10):
        people.hear(told.Message(f"name {number}", "hi"))
    people.hear(told.Who(1, [told.Person("x\n\x1b[2Jy" + "z" * 1000)]))
    names = list(people)
    assert len(names) == KNOWN_NAMES
    assert names[-2:] == [f"name {KNOWN_NAMES + 9}", ("x y" + "z" * 1000)[:100]]
