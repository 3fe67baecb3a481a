"""Why something is refused: each code that is told is a row of the one table, and stands in the documents."""

import re
from pathlib import Path

from gateway.reasons import REASONS
from gateway.refusals import COUNTED

from .sources import nodes_of
from .told import SOURCES, handed_to, strings, told_by

PROTOCOL = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text(encoding="utf-8")

RAISED = {"BadNameError", "RefusedError"}
ERRORS = {*RAISED, "Mistake", "error", "_error"}
NOTICES = {"notice", "_notice"}

LOCKS = strings(nodes_of(SOURCES["guard/lock.py"])) & {*REASONS}
"""A lock's go through a variable."""

AT_THE_DOOR = told_by({"NoPlaceError"}) | {"draining"}
"""Told in words, without their code: there is no room yet that would speak by codes."""

OF_OPERATORS = {f"room/{name}.py" for name in ("acts", "operators", "purge", "whom")}
OF_MEMBERS = {"name-erased", "name-forgotten", "not-yours", "nothing-said", "nothing-yours"}
"""No plain request meets these: it deletes by a seq, as an operator, and had no name before."""


def test_every_code_that_errors_tell_is_in_the_table_and_every_one_there_is_told() -> None:
    assert told_by(ERRORS) | LOCKS | AT_THE_DOOR == {*REASONS}


def test_a_page_has_its_own_words_for_what_it_can_meet_and_no_more() -> None:
    plain = {code for name, code in handed_to(ERRORS) if name.startswith("web/")}
    others = {code for name, code in handed_to(ERRORS) if not name.startswith("web/")} | LOCKS
    of_pages = {code for code, why in REASONS.items() if why.is_of_pages}
    assert of_pages & ((plain - others) | AT_THE_DOOR) == set()


def test_what_a_plain_request_can_be_refused_by_has_a_status_and_is_counted() -> None:
    raised = {code for name, code in handed_to(RAISED) if name not in OF_OPERATORS} - OF_MEMBERS
    with_status = {code for code, why in REASONS.items() if why.status}
    assert with_status == raised | LOCKS | AT_THE_DOOR
    assert with_status - {*COUNTED} == {"password-needed"}


def test_every_code_that_is_told_is_in_the_protocol() -> None:
    section = PROTOCOL.partition("### Error and notice codes")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in re.findall(r"^\|.*", section, re.MULTILINE)]
    listed = {code for row in rows for code in re.findall(r"`([\w-]+)`", row)}
    assert (told_by(ERRORS | NOTICES) | LOCKS) - listed == set()
