"""What a member asks for: its requests are done in order, one at a time, and counted.

1. What came MUST be counted before it is decoded, and done one request at a time, in turns with others (`turns`); what
   comes behind a goodbye is passed over in the same way. There is no other loop over what came.
2. While there is any Hold, the wire MUST NOT be asked for the next one.
3. Who is not in the room yet MUST be heard by its login alone.
4. Each request MUST be counted, whether anything is done for it or not: to decode it is the work.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..guard.gate import lane_of
from ..guard.holds import NO_HOLD, Hold
from ..guard.stages import GONE, OPEN
from ..messages import clean_text
from ..refusals import RefusedError
from ..room.acts import act
from ..room.questions import ORDERS
from ..wires import events
from ..wires.closing import Closing
from ..wires.commands import parse, parse_command
from .member import Member

REPLY_BYTES = 256
"""Bytes that an answer of the wire's own counts as: it is one write, caused by some three bytes."""


PASSED_BYTES = 256
"""Bytes that a request counts as which is decoded and not done."""


def drain(member: Member) -> None:
    """Do what was asked for, until there is a reason not to; of who leaves, pass it over."""
    now = member.house.deadlines.now()
    turns = member.house.turns
    turns.begin()
    while member.stage is not GONE and member.holds is NO_HOLD:
        if turns.is_over():
            member.hold(Hold.TURN)
            turns.line_up(member, lane_of(member.host, member.id))
            break
        request = member.next_request(now) if member.stage is OPEN else member.pass_over()
        if request is None:
            break
        if request is events.WORKING:
            member.count_work()
        else:
            handle(member, request, now)
    member.format = member.wire.format
    member.arm()


def handle(member: Member, request: events.Request, now: float) -> None:
    """Do one request, and count it."""
    kind = type(request)
    if kind in _FREE:
        HANDLERS[kind](member, request)
        return
    if member.login is not None:
        member.login.hear(member, request)
        return
    if kind in MEANINGS:
        request = MEANINGS[kind](request)
        kind = type(request)
    if member.is_deaf and kind in _ANSWERED:
        member.count_bytes(PASSED_BYTES)  # not as a request: who is gone is not to stay for hours
    else:
        member.count_request(now)
        HANDLERS[kind](member, request)


# --- what can be asked for ------------------------------------------------------------------------------------------


def _say(member: Member, request: events.Say) -> None:
    """The text has been cleaned."""
    try:
        draft = member.house.draft(member, request.text, request.id)
    except RefusedError as refused:
        if refused.code != "empty" or request.id is not None:  # an empty line at nc is nothing
            member.refuse(refused, request.id)
    else:
        member.say(draft, request.id)


def _cleaned(request: events.Say) -> events.Request:
    text = clean_text(request.text)
    return request if text is request.text else events.Say(text, request.id)


def _typed(request: events.Typed) -> events.Request:
    return parse(clean_text(request.text))


def _command(request: events.Command) -> events.Request:
    return parse_command(clean_text(request.text))


MEANINGS: Mapping[type, Callable[[Any], events.Request]] = {
    events.Say: _cleaned,
    events.Typed: _typed,
    events.Command: _command,
}
"""What a request with a text in it asks for: another one, or itself, of clean text."""


def _hello(member: Member, request: events.Hello) -> None:
    member.error("hello-twice")


def _rename(member: Member, request: events.Rename) -> None:
    try:
        member.house.moderation.check_mute(member.host, member.by)
    except RefusedError as refused:
        member.refuse(refused)
    else:
        member.house.room.rename(member, request.name)


def _ask_who(member: Member, request: events.AskWho) -> None:
    roster = member.house.room.roster
    member.answer(roster.who_for_operators() if _is_operator(member) else roster.who())


def _ask_history(member: Member, request: events.AskHistory) -> None:
    member.house.room.history(member, request.before, request.limit)


def _ask_help(member: Member, request: events.AskHelp) -> None:
    member.notice("help")
    if _is_operator(member):
        member.notice("op")


def _pass(member: Member, request: events.Pass) -> None:
    member.notice("password-right")


def _op(member: Member, request: events.Op) -> None:
    try:
        member.house.moderation.promote(member, request.password)
    except RefusedError as refused:
        member.refuse(refused)
    else:
        member.notice("op")


def _moderate(member: Member, request: events.Moderate) -> None:
    if _is_operator(member):
        house = member.house
        house.room.questions.ask(member, lambda: act(house.moderation, member, request), ORDERS)
    else:
        member.error("op-needed")


def _is_operator(member: Member) -> bool:
    return member.house.moderation.is_operator(member.by)


def _ping(member: Member, request: events.Ping) -> None:
    member.answer(events.Pong())


def _mistake(member: Member, request: events.Mistake) -> None:
    member.error(request.code, request.id, request.detail)


def _reply(member: Member, request: events.Reply) -> None:
    member.count_bytes(REPLY_BYTES)
    member.reply(request.data)


def _quit(member: Member, request: events.Quit) -> None:
    member.leave(Closing.QUIT)


def _end_of_input(member: Member, request: events.EndOfInput) -> None:
    member.leave(Closing.LOST if member.is_lost else Closing.LEFT)


def _not_ours(member: Member, request: events.NotOurs) -> None:
    member.close(_FOREIGN[request.protocol])


_FOREIGN = {"http": Closing.HTTP, "tls": Closing.TLS, "binary": Closing.BINARY, "utf-16": Closing.UTF16}
_FREE = frozenset({events.Reply, events.Quit, events.EndOfInput, events.NotOurs})
# What has no effect but an answer, which who is gone can't hear.
_ANSWERED = frozenset(
    {events.Hello, events.AskWho, events.AskHistory, events.AskHelp, events.Pass, events.Ping, events.Mistake}
)
HANDLERS: Mapping[type, Callable[[Member, Any], None]] = {
    events.Say: _say,
    events.Hello: _hello,
    events.Rename: _rename,
    events.AskWho: _ask_who,
    events.AskHistory: _ask_history,
    events.AskHelp: _ask_help,
    events.Pass: _pass,
    events.Op: _op,
    events.Moderate: _moderate,
    events.Ping: _ping,
    events.Quit: _quit,
    events.EndOfInput: _end_of_input,
    events.Mistake: _mistake,
    events.Reply: _reply,
    events.NotOurs: _not_ours,
}
"""Of all requests; tests/test_requests.py says so."""
