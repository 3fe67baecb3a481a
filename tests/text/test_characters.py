"""Which characters a name may be made of; which names those are in is in test_names."""

from itertools import cycle, islice

import pytest

from gateway.text import characters
from gateway.text.characters import unfit_in

from ..tables import each_of

KEYCAP, FAMILY, FLAG, PIRATES = "1\ufe0f\u20e3", "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "🏴\u200d☠\ufe0f"
ALIREZA, KSHA = "علی\u200cرضا", "क्\u200dष"
RAS = ["র\u200d্যাব", "ৰ\u200d্য", "ರ\u200d್ಕ", "ర\u200d్క", "ରା ର\u200d୍କ"]
NEW = "\U0001fae9"  # an emoji of Unicode 16; Python 3.11 has 14


@each_of(
    "name",
    [
        "ann", "安娜", "O'Brien", "😀", "👍🏽", "🇩🇪", "❤\ufe0f", "⌚\ufe0f", KEYCAP, FAMILY, FLAG, PIRATES,
        "❤\ufe0f\u200d🔥", ALIREZA, KSHA, *RAS, NEW, "Tiếng Việt", "ภูมิพล", "עִבְרִית",
    ],
)  # fmt: skip
def test_what_people_write_their_names_with_is_fit(name: str) -> None:
    assert unfit_in(name) == ""


@each_of(
    ("name", "unfit"),
    [
        ("a\tb", "\t"),
        ("a\u200bb", "\u200b"),
        ("a\u202eb", "\u202e"),
        ("a\x1bb", "\x1b"),
        ("a\xadb", "\xad"),
        ("\ufffd\ufffd", "\ufffd"),  # bytes that were no UTF-8
        ("\ue000", "\ue000"),
        ("\u0378", "\u0378"),
        ("\u115f", "\u115f"),
        ("\u1160", "\u1160"),
        ("\u2800", "\u2800"),
        ("ann\U000e0100", "\U000e0100"),
        ("a\u200db", "\u200d"),
        ("a\u200cb", "\u200c"),
        ("র\u200dয", "\u200d"),
        ("ক\u200d্য", "\u200d"),
        ("r\u200d্", "\u200d"),
        ("\u200d্য", "\u200d"),
        ("র\u200d", "\u200d"),
        ("র\u200c্য", "\u200c"),
        ("😀\u200d", "\u200d"),
        ("\u200d😀", "\u200d"),
        ("1\ufe0f\u200d😀", "\u200d"),
        ("a\ufe0f", "\ufe0f"),
        ("😀\ufe0f", "\ufe0f"),  # Unicode lists no such sequence
        ("❤\ufe0e", "\ufe0e"),
        ("❤\ufe0f\ufe0f", "\ufe0f"),
        ("🏴\U000e0067\U000e0062\U000e007f", "\U000e0067"),
    ],
)
def test_what_is_hidden_or_stands_where_it_shows_nothing_is_not(name: str, unfit: str) -> None:
    assert unfit_in(name) == unfit


def test_a_character_is_looked_up_once_whatever_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a log in which each label was another cost 0.5 ms of the store's thread a label."""
    judged: list[str] = []
    enforce = characters._FREEFORM.enforce

    def counted(text: str) -> str:
        judged.append(text)
        return enforce(text)

    monkeypatch.setattr(characters._FREEFORM, "enforce", counted)
    marked = [f"{letter}\u05b0\u05b4\u05b6" for letter in "אבגדהוזח"]
    for count in range(1, 13):
        for letters in (marked, reversed(marked)):
            unfit_in("".join(islice(cycle(letters), count)))
    assert len(judged) <= len({*"".join(marked)})
