"""A public id in brackets is seen, whatever they are and it is made of; words are none."""

import random
import re
import string
import unicodedata

from gateway.names import BadNameError, clean_name
from gateway.text.ids import holds_id
from gateway.text.skeletons import skeleton

from ..tables import each_of

ID = "k_xwnXyVOFup"
IN_BRACKETS = re.compile(
    r"(?!COMBINING|(.* )?(TOP|BOTTOM) ).*(BRACKET|PARENTHESIS|QUOTATION MARK|LEFT CEILING|LEFT FLOOR)( ORNAMENT)?$"
)
BASE64 = string.ascii_letters + string.digits + "-_"


def is_reserved(name: str) -> bool:
    try:
        clean_name(name)
    except BadNameError as error:
        return error.code == "name-reserved"
    return False


def test_what_unicode_calls_a_bracket_or_a_quotation_mark_is_one() -> None:
    named = [each for each in map(chr, range(0x20000)) if IN_BRACKETS.match(unicodedata.name(each, ""))]
    fit = [
        each
        for each in named
        if unicodedata.category(each) not in ("Mn", "Me") and "SIGN" not in unicodedata.name(each)
    ]
    assert len(fit) > 100
    assert [each for each in fit if not is_reserved(f"Mal {each}{ID}{each}")] == []


def test_an_id_that_anybody_may_have_is_one() -> None:
    chance = random.Random(0)
    ids = ["".join(chance.choices(BASE64, k=12)) for _ in range(5000)]
    read_as_words = [each for each in ids if not (holds_id(f"Mal [{each}]") and holds_id(skeleton(f"Mal ⟦{each}⟧")))]
    assert len(read_as_words) <= 2


@each_of(
    "inside",
    [
        "",
        " ",
        "-",
        "k_xwnXyVOFu",
        "k_xwnXyVOFupp",
        "k_xwn.XyVOFup",
        "k_xwn安VOFup",
        "x" * 12,
        "rn" * 12,
        "Ab-Cdef-Ghij",
    ],
)
def test_what_is_no_id_is_none(inside: str) -> None:
    assert not holds_id(f"Mal [{inside}]")


@each_of("name", ["", "(", "()", ID, f"[{ID}", f"{ID}]", f"[x] {ID}", f"{ID} [x]"])
def test_without_brackets_around_it_an_id_is_none(name: str) -> None:
    assert not holds_id(name)
