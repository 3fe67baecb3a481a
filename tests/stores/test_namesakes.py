"""Names that nobody claims: of two that are one today the older one is kept, and the other is told of."""

import pytest

from gateway.people import MAX_LABEL
from gateway.stores import namesakes
from gateway.stores.memory import MemoryStore
from gateway.stores.namesakes import settled

from ..tables import each_of

GUEST = "given up, and who had it comes back as a guest and may take another one"


@each_of(
    ("names", "kept", "lost"),
    [
        ([], {}, ""),
        ([("o1", "Ann"), ("o2", "Bob")], {"o1": "Ann", "o2": "Bob"}, ""),
        ([("o1", "Ann"), ("o2", "\u0410nn")], {"o1": "Ann"}, "1 name is|\u0410nn (looks as Ann does)"),
        ([("o2", "\u0410nn"), ("o1", "Ann")], {"o2": "\u0410nn"}, "1 name is|Ann (looks as \u0410nn does)"),
        ([("o1", "Ann"), ("o2", "ann")], {"o1": "Ann"}, "1 name is|ann (looks as Ann does)"),
        ([("o1", "Ann"), ("o2", "Ann")], {"o1": "Ann"}, "1 name is|Ann (looks as Ann does)"),
        ([("o1", "Ann"), ("o1", "Zoe"), ("o2", "ann")], {"o1": "Zoe", "o2": "ann"}, ""),
        (  # what no rule of today lets anybody have is kept: who comes back is told
            [("o1", "guest-abcdef"), ("o2", "127.0.0.1"), ("o3", "a: b"), ("o4", "x" * 400), ("o5", "a\nb")],
            {"o1": "guest-abcdef", "o2": "127.0.0.1", "o3": "a: b", "o4": "x" * 400, "o5": "a\nb"},
            "",
        ),
        (
            [("o1", ""), ("o2", "x" * (MAX_LABEL + 1)), ("", "Ann"), ("a b", "Bob"), ("a.*", "Cy")],
            {},
            f"5 names are|? (no name, or nobody's), {'x' * 32} (no name, or nobody's), Ann (no name, or nobody's), "
            "Bob (no name, or nobody's), Cy (no name, or nobody's)",
        ),
        (
            [("o0", "Ann"), *((f"o{number}", "a: *\u200bnn"[number % 2 :]) for number in range(1, 9))],
            {"o0": "Ann", "o1": ": *\u200bnn", "o2": "a: *\u200bnn"},
            "6 names are|:nn (looks as :nn does), a:nn (looks as a:nn does), :nn (looks as :nn does), a:nn (looks as"
            " a:nn does), :nn (looks as :nn does) and 1 more",
        ),
    ],
)
def test_of_names_that_are_one_today_the_older_is_kept(
    names: list[tuple[str, str]], kept: dict[str, str], lost: str
) -> None:
    told = f" {GUEST}: ".join(lost.split("|"))
    assert settled(names) == (kept, told)
    assert list(settled(names).kept) == list(kept)
    assert settled(kept.items()) == (kept, "")


def test_the_newest_are_kept_of_more_than_a_store_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namesakes, "MAX_REMEMBERED", 2)
    assert settled([("o1", "Ann"), ("o2", "Bob"), ("o3", "Cy")]) == ({"o2": "Bob", "o3": "Cy"}, "")


async def test_what_is_kept_is_what_a_store_remembers() -> None:
    store = MemoryStore(10, 10)
    names = [("o1", "Ann"), ("o2", "\u0410nn"), ("o3", "I"), ("o4", "l"), ("o5", "1"), ("o6", "rn"), ("o7", "m")]
    for owner, name in (kept := settled(names).kept).items():
        assert await store.names.claim(name, owner)
    assert await store.names.all() == kept
