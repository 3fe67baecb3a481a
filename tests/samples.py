"""Drafts and messages for tests, of which all fields are known; FULL says what each can be but for its default."""

from typing import Any

import msgspec

from gateway.messages import Draft, Message


def a_draft(text: str = "hi", **fields: Any) -> Draft:
    """A draft like any other, but for these fields."""
    known = {"at": 1000, "label": "ann", "via": "web", "owner": "ann's", "origin": "her tab", "key": None, "kind": ""}
    return Draft(text=text, **{**known, **fields})


def a_message(text: str = "hi", **fields: Any) -> Message:
    """A message like any other, but for these fields."""
    known = {"seq": 1, "at": 1000, "label": "ann", "via": "web", "owner": "ann's", "by": "Ann-Ann_Ann0"}
    return Message(text=text, **{**known, "origin": "her tab", **fields})


FULL: dict[str, Any] = {
    "at": 1000,
    "label": "ann",
    "via": "web",
    "owner": "ann's",
    "origin": "her tab",
    "kind": "action",
    "re": 7,
}
"""No field that is common to drafts and messages has its default here: one that gets lost on the way is missed."""


def same(one: msgspec.Struct, other: msgspec.Struct) -> set[str]:
    """The fields that two have alike: with FULL, all that did not get lost on the way from one to the other."""
    names = {*one.__struct_fields__} & {*other.__struct_fields__}
    return {name for name in names if getattr(one, name) == getattr(other, name)}
