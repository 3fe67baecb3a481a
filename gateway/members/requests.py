"""What a member asks for: its requests are done in order, one at a time, and counted.

1. What came MUST be counted before it is decoded, and done one request at a time, in turns with others (`turns`); what
   comes behind a goodbye is passed over in the same way. There is no other loop over what came.
2. While there is any Hold, the wire MUST NOT be asked for the next one.
3. Who is not in the room yet MUST be heard by its login alone.
4. Each request MUST be counted, whether anything is done for it or not: to decode it is the work.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ..guard.holds import Hold
from ..guard.stages import GONE, OPEN
from ..messages import clean_text
from ..refusals import RefusedError
from ..room.acts import act
from ..room.purge import purge
from ..room.questions import ORDERS
from ..room.retraction import take_back
from ..vocabulary import COMMAND_BY_WORD, COMMANDS, COMMANDS_OF, Command
from ..wires import answers, events
from ..wires.closing import Closing
from ..wires.commands import parse, parse_command
from ..wires.plain import prepare
from .costs import PASSED_BYTES, REPLY_BYTES
from .login import introduce
from .member import Member


def drain(member: Member) -> None:
    """Do what was asked for, until there is a reason not to; of who leaves, pass it over."""
    now = member.house.deadlines.now()
    turns = member.house.turns
    with turns:
        while member.stage is not GONE and not member.holds:
            if turns.is_over():
                member.hold(Hold.TURN)
                turns.line_up(member, member.lane)
                break
            request = member.next_request(now) if member.stage is OPEN else member.pass_over()
            if request is None:
                break
            if request is events.WORKING:
                if member.work_bytes:
                    member.count_bytes(member.work_bytes)
            else:
                handle(member, request, now)
    member.format = member.wire.format
    member.arm()


def handle(member: Member, request: events.Request, now: float) -> None:
    """Do one request, and count it."""
    kind = KINDS[type(request)]
    if kind.is_free:
        kind.do(member, request)
        return
    if member.login is not None:
        member.login.handle(member, request)
        return
    if kind.meaning is not None:
        request = kind.meaning(request)
        kind = KINDS[type(request)]
    if kind.only_answers and member.is_deaf:
        member.count_bytes(PASSED_BYTES)  # not as a request: who is gone is not to stay for hours
    else:
        member.count_request(now)
        kind.do(member, request)


# --- what can be asked for ------------------------------------------------------------------------------------------


def _say(member: Member, request: events.Say) -> None:
    """The text has been cleaned."""
    prepare(request.text, request.kind)
    if request.re and not member.house.room.past.retains(request.re):
        member.notice("answers-none", detail=str(request.re))
        request = replace(request, re=0)
    try:
        member.house.room.inbox.check_room()
        draft = member.house.draft(member, request)
    except RefusedError as refused:
        if refused.code != "empty" or request.id is not None:  # an empty line at nc is nothing
            member.refuse(refused, request.id)
    else:
        member.say(draft, request.id)


def _cleaned(request: events.Say | events.Find) -> events.Request:
    text = clean_text(request.text)
    return request if text is request.text else replace(request, text=text)


def _typed(request: events.Typed) -> events.Request:
    return parse(clean_text(request.text))


def _command(request: events.Command) -> events.Request:
    return parse_command(clean_text(request.text))


def _hello(member: Member, request: events.Hello) -> None:
    member.error("hello-twice")


def _rename(member: Member, request: events.Rename) -> None:
    try:
        member.house.moderation.check_mute(member.host, member.by)
    except RefusedError as refused:
        member.refuse_name(refused)
    else:
        member.house.room.naming.rename(member, request.name)


def _ask_who(member: Member, request: events.AskWho) -> None:
    roster = member.house.room.roster
    member.answer(roster.who_for_operators() if _is_operator(member) else roster.who())


def _ask_history(member: Member, request: events.AskHistory) -> None:
    member.house.room.history(member, request)


def _find(member: Member, request: events.Find) -> None:
    try:
        member.house.room.finder.find(member, request)
    except RefusedError as refused:
        member.refuse(refused)


def _ask(member: Member, request: events.Ask) -> None:
    ANSWERS[request.command](member, request.argument)


def _help(member: Member, argument: str) -> None:
    if word := argument.removeprefix("/").casefold():
        if (command := COMMAND_BY_WORD.get(word)) is None:
            member.error("unknown-command", detail=f"/{word[:32]}")
        else:
            member.answer(answers.Notice("usage", member.house.phrases.usage(command)))
        return
    member.notice("help", member.house.phrases.listing(_commands_of(member)))
    if _is_operator(member):
        member.notice("op", member.house.phrases.listing(COMMANDS_OF["operators"]))


def _commands_of(member: Member) -> Iterator[Command]:
    """What it can type, but for operators' commands."""
    house = member.house
    passwords = {"pass": house.lock.is_set, "op": house.moderation.lock.is_set}
    can = {"everybody": True, "lines": bool(member.wire.switches), "operators": False}
    return (each for each in COMMANDS if passwords.get(each.name) or can.get(each.whom))


def _switch(member: Member, request: events.Switched) -> None:
    if request.what not in member.wire.switches:
        member.error("no-switch", detail=f"/{request.what}")
        return
    member.answer(member.wire.switch(request.what, on=request.on))
    if request.what == "joins":
        member.watch()


def _types_lines(member: Member, request: events.TypesLines) -> None:
    introduce(member, "here-telnet" if request.by_telnet else "here")


def _pass(member: Member, request: events.Pass) -> None:
    member.notice("password-right")


def _op(member: Member, request: events.Op) -> None:
    try:
        member.house.moderation.promote(member, request.password)
    except RefusedError as refused:
        member.refuse(refused)
    else:
        member.notice("op", member.house.phrases.listing(COMMANDS_OF["operators"]))


def _moderate(member: Member, request: events.Moderate) -> None:
    if _is_operator(member):
        house = member.house
        house.room.questions.ask(member, lambda: act(house.moderation, member, request), ORDERS)
    else:
        member.error("op-needed")


def _delete(member: Member, request: events.Delete) -> None:
    house = member.house
    if not request.target or _is_operator(member):
        house.room.questions.attend(member, lambda: take_back(house.moderation, member, request))
    else:
        member.error("op-needed")


def _purge(member: Member, request: events.Purge) -> None:
    house = member.house
    if _is_operator(member):
        house.room.questions.attend(member, lambda: purge(house.moderation, member, request))
    else:
        member.error("op-needed")


def _is_operator(member: Member) -> bool:
    return member.house.moderation.is_operator(member.by)


def _ping(member: Member, request: events.Ping) -> None:
    member.answer(answers.Pong())


def _mistake(member: Member, request: events.Mistake) -> None:
    command = COMMAND_BY_WORD.get(request.detail.removeprefix("/"))
    if command is not None and request.code == "bad-argument":
        usage = member.house.phrases.usage(command)
        member.refuse(RefusedError(request.code, request.detail), request.id, usage)
    else:
        member.error(request.code, request.id, request.detail)


def _reply(member: Member, request: events.Reply) -> None:
    if not member.reply(request.data):
        member.count_bytes(REPLY_BYTES)


def _quit(member: Member, request: events.Quit) -> None:
    member.leave(Closing.QUIT)


def _end_of_input(member: Member, request: events.EndOfInput) -> None:
    member.leave(Closing.LOST if member.is_lost else Closing.LEFT)


def _not_ours(member: Member, request: events.NotOurs) -> None:
    member.close(_FOREIGN[request.protocol])


_FOREIGN = {"http": Closing.HTTP, "tls": Closing.TLS, "binary": Closing.BINARY, "utf-16": Closing.UTF16}


def _nothing(member: Member, request: events.Typed | events.Command) -> None:
    """Done is what it means."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done for a kind of request.

    `only_answers`: it has no effect but an answer, which who is gone can't hear. `meaning`: what one with a text in it
    asks for, another request, or itself, of clean text. `is_free`: it costs nothing, and is heard from everybody.
    """

    do: Callable[[Member, Any], None]
    only_answers: bool
    meaning: Callable[[Any], events.Request] | None = None
    is_free: bool = False


KINDS: Mapping[type, Kind] = {
    events.Say: Kind(_say, only_answers=False, meaning=_cleaned),
    events.Typed: Kind(_nothing, only_answers=False, meaning=_typed),
    events.Command: Kind(_nothing, only_answers=False, meaning=_command),
    events.Hello: Kind(_hello, only_answers=True),
    events.Rename: Kind(_rename, only_answers=False),
    events.AskWho: Kind(_ask_who, only_answers=True),
    events.AskHistory: Kind(_ask_history, only_answers=True),
    events.Find: Kind(_find, only_answers=True, meaning=_cleaned),
    events.Ask: Kind(_ask, only_answers=True),
    events.Switched: Kind(_switch, only_answers=True),
    events.TypesLines: Kind(_types_lines, only_answers=True, is_free=True),
    events.Pass: Kind(_pass, only_answers=True),
    events.Op: Kind(_op, only_answers=False),
    events.Moderate: Kind(_moderate, only_answers=False),
    events.Delete: Kind(_delete, only_answers=False),
    events.Purge: Kind(_purge, only_answers=False),
    events.Ping: Kind(_ping, only_answers=True),
    events.Mistake: Kind(_mistake, only_answers=True),
    events.Reply: Kind(_reply, only_answers=False, is_free=True),
    events.Quit: Kind(_quit, only_answers=False, is_free=True),
    events.EndOfInput: Kind(_end_of_input, only_answers=False, is_free=True),
    events.NotOurs: Kind(_not_ours, only_answers=False, is_free=True),
}
"""Of all requests; tests/members/test_requests.py says so."""

ANSWERS: Mapping[str, Callable[[Member, str], None]] = {"help": _help}
"""What answers each command that is an Ask, which is given what stands behind the command; the test says so too."""
