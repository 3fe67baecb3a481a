"""Texts that look the same have one skeleton, by Unicode's own table."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from precis_i18n import get_profile

from gateway.skeletons import IGNORABLES, _prototypes, skeleton


@pytest.mark.parametrize(
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


def test_what_is_ignorable_is_what_precis_takes_for_it() -> None:
    known = get_profile("NicknameCasePreserved").base.ucd
    everything = [chr(point) for point in range(0x110000)]
    assigned = [each for each in everything if unicodedata.category(each) not in ("Cn", "Cs")]
    assert [each for each in assigned if IGNORABLES.match(each)] == [
        each for each in assigned if known.default_ignorable(ord(each))
    ]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_skeleton_of_any_text_is_its_own(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once
    assert not IGNORABLES.search(once)
