"""Texts that look the same have one skeleton, by Unicode's own table."""

import string
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from precis_i18n import get_profile

from gateway.names import name_key
from gateway.text import skeletons
from gateway.text.skeletons import IGNORABLES, _prototypes, looks, skeleton

from ..tables import each_of, in_worlds


@each_of(
    ("one", "other"),
    [
        ("ann", "аnn"),  # Cyrillic
        ("paypal", "ρаураl"),
        ("mary", "rnary"),
        ("1", "l"),
        ("O", "0"),
        ("guest-x", "guest‐x"),
        ("a:b", "a꞉b"),
        ("علی‌رضا", "علیرضا"),
        ("❤", "❤\ufe0f"),
        ("é", "e\u0301"),
        ("\u05d5", "l"),  # the table has marks around what is written from right to left
        ("⼈", "人"),
        ("\u00a0", " "),
    ],
)
def test_these_look_the_same(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("Ann", "ann"), ("ann", "ånn"), ("人", "入"), ("", "a")])
def test_these_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_the_table_is_unicodes_and_has_a_direction() -> None:
    table = _prototypes()
    assert len(table) > 6500
    # UTS #39, section 4: a prototype is made of characters that have none themselves.
    assert not [source for source, prototype in table.items() if any(ord(each) in table for each in prototype)]
    latin = {chr(source) for source, prototype in table.items() if prototype == "a"}
    assert {"а", "α", "ɑ", "𝐚"} <= latin
    assert all(
        ord(each) not in table for each in "abcdefghijklnopqrstuvwxyzABCDEFGHJKLMNOPQRSTUVWXYZ23456789!#$&()*+,-./:;"
    )


@pytest.mark.parametrize("planes", [(0, 1, 14), in_worlds(range(17))], ids=["some", "all"])
def test_what_is_ignorable_is_what_precis_takes_for_it(planes: Iterable[int]) -> None:
    """Of the others one has signs of Chinese, and some what is private."""
    known = get_profile("NicknameCasePreserved").base.ucd
    everything = [chr(plane << 16 | point) for plane in planes for point in range(0x10000)]
    assigned = [each for each in everything if unicodedata.category(each) not in ("Cn", "Cs")]
    assert [each for each in assigned if IGNORABLES.match(each)] == [
        each for each in assigned if known.default_ignorable(ord(each))
    ]


def test_a_skeleton_of_any_character_is_its_own() -> None:
    shown = [skeleton(chr(point)) for point in skeletons._prototypes()]
    assert [each for each in shown if skeleton(each) != each] == []
    assert skeleton("Ǆ") == skeleton("DŽ")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_skeleton_of_any_text_is_its_own(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once
    assert not IGNORABLES.search(once)


# --- in any case --------------------------------------------------------------------------------------------------


def are_alike(one: str, other: str) -> bool:
    return name_key(one) == name_key(other) or not looks(one).isdisjoint(looks(other))


@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("Bob", ["BOB", "ВОВ", "ВоЬ", "Воb", "BОB", "ᏴOᏴ", "𝐁𝐎𝐁", "B0B"]),
        ("Ann", ["аnn", "АNN", "ᎪNN"]),
        ("Kim", ["КІМ", "Кіm", "ⲔIM", "Kım", "K1rn", "KlM"]),
        ("вова", ["BOBA", "Boва"]),
        ("νίκος", ["NÍKOΣ", "Nίkoς"]),
        ("Łukasz", ["ŁUКАЅZ"]),
    ],
)
def test_what_looks_like_a_name_in_some_case_is_alike(one: str, others: list[str]) -> None:
    assert [other for other in others if not are_alike(one, other)] == []


@each_of(
    ("one", "other"),
    [
        ("Anna", "Hanna"),
        ("Tim", "Tom"),
        ("小明", "小红"),
        ("Łukasz", "Lukas"),
        ("Nick", "Vick"),
        ("Ray", "Yar"),
        ("Boss", "Bob"),
        ("Straße", "Strasse"),
        ("Иван", "Ивана"),
        ("Мария", "Марина"),
        ("Jürgen", "Jurgen"),
        ("علی", "علیرضا"),
    ],
)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert not are_alike(one, other)


def lookalikes() -> dict[str, list[str]]:
    """By skeleton of one character: all that looks like it."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in _prototypes():
        found[skeleton(chr(source))].append(chr(source))
    return found


ALIKE = lookalikes()


@settings(deadline=None)
@given(st.data(), st.text(string.ascii_letters + string.digits, min_size=1, max_size=12))
def test_whatever_looks_like_any_casing_of_latin_letters_is_alike(data: st.DataObject, name: str) -> None:
    cased = "".join(data.draw(st.sampled_from((each.lower(), each.upper()))) for each in name)
    posing = "".join(data.draw(st.sampled_from([each, *ALIKE[skeleton(each)]])) for each in cased)
    assert skeleton(posing) == skeleton(cased)
    assert are_alike(name, posing)


def casings(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, upper(name), name.lower()))


def upper(text: str) -> str:
    """Letter for letter: of ß there is none."""
    return "".join(each.upper() if len(each.upper()) == 1 else each for each in text)


LETTERS = st.text(
    st.characters(categories=("L", "Nd")) | st.sampled_from([each for alike in ALIKE.values() for each in alike]),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(st.data(), LETTERS)
def test_names_of_which_a_casing_looks_like_a_casing_are_alike(data: st.DataObject, name: str) -> None:
    posing = "".join(data.draw(st.sampled_from([each, *ALIKE[skeleton(each)]])) for each in data.draw(casings(name)))
    for other in (posing, posing.lower(), upper(posing)):
        if posing in (other, other.lower(), upper(other)):
            assert not looks(name).isdisjoint(looks(other))


def test_ascii_looks_the_same_in_every_case() -> None:
    alone = {each: looks(each) for each in map(chr, range(128))}
    assert all(looks(each) == looks(each.upper()) == looks(each.lower()) for each in alone)
    (together,) = looks("".join(alone))
    assert together == "".join(look for found in alone.values() for look in found)
