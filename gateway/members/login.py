"""How somebody gets into the room: by coming, and the password where there is one; or by a hello."""

from logging import INFO
from math import inf

from msgspec import UNSET

from ..guard.stages import CLOSING
from ..logs import fields, quoted, rationed
from ..messages import Position, clean_text, is_session, new_session, owner_of
from ..refusals import RefusedError
from ..wires import answers, events
from ..wires.closing import Closing
from ..wires.commands import parse
from .costs import RESUME_BYTES
from .house import ENDS_A_SECOND, Login
from .member import Member

OWED_SECONDS = 10.0
"""Seconds a new connection waits at most for what others of its address have taken."""

HELD_SECONDS = 300.0
"""Seconds for which a login may be held up by what is sent, by itself or others of its address, before it is late."""

arrivals = rationed("gateway.member.arrivals", ENDS_A_SECOND)


def begin(member: Member) -> None:
    """Come in, by the login. Not before its address may ask for something: else each connection's first is free."""
    now = member.house.deadlines.now()
    wait = min(member.house.meters.owed(member.host, now), OWED_SECONDS)
    if wait:
        member.wait_for_rate(now + wait)
    if member.login is not None:
        member.login_until = now + member.login.seconds  # none of these passes while it waits: see excuse
        member.login_ends = member.login_until + wait + HELD_SECONDS
        member.login.come(member)
    if wait or member.login is not None:
        member.arm()


def seek(member: Member, after: Position | None, history: int) -> bool:
    """Go on after a position, if it is one of this log; else so many messages back. Whether it goes on."""
    store, feed = member.house.room.store, member.house.room.feed
    head = feed.head
    goes_on = after is not None and after.epoch in ("", store.epoch) and after.seq <= store.head
    member.cursor = after.seq if after is not None and goes_on else max(feed.back(history), min(store.first - 1, head))
    if member.cursor < head:
        member.count_bytes(RESUME_BYTES)
    return goes_on


def enter(member: Member) -> None:
    """Be in the room from now on."""
    room = member.house.room
    member.login, member.login_until, member.login_ends = None, inf, inf
    member.format = member.wire.format
    member.since = member.house.wall()
    member.label = member.label or room.roster.guest_label(member.by)
    if arrivals.isEnabledFor(INFO):  # what people see of it has to be made
        name, door = member.shown, member.wire.name
        extra = fields("came", address=member.host, name=name, by=member.by, door=door)
        arrivals.info("%s from %s came by %s", quoted(name), member.host, door, extra=extra)
    room.join(member)
    member.watch()
    _introduce(member)


def introduce(member: Member, code: str) -> None:
    """Tell it, as soon as it is in, how many are here and what can be typed."""
    member.introduction = code
    if member.is_in:
        _introduce(member)


def _introduce(member: Member) -> None:
    if member.introduction:
        text = member.house.phrases(member.introduction, count=len(member.house.room.roster))
        member.answer(answers.Notice("here", text))


# --- the ways in ----------------------------------------------------------------------------------------------------


class Knock:
    """Who comes is in, if there is no password; else it is asked for, and may go instead."""

    seconds = 60.0
    late = Closing.PASSWORD

    def come(self, member: Member) -> None:
        """See Login."""
        if _is_barred(member):
            return
        if not member.house.lock.is_set:
            enter(member)
            return
        member.format = member.wire.format
        member.notice("password-needed")

    def handle(self, member: Member, request: events.Request) -> None:
        """See Login."""
        now = member.house.deadlines.now()
        member.count_request(now)
        asked = parse(clean_text(request.text)) if isinstance(request, events.Typed) else request
        if isinstance(asked, events.Quit):
            member.leave(Closing.QUIT)
            return
        password = asked.password if isinstance(asked, events.Pass) else None
        if problem := member.house.lock.refuses(member.host, password, now, member.wire.name):
            member.error(problem)
            return
        if _is_barred(member):  # since it came
            return
        member.notice("password-right")
        seek(member, None, 0)
        enter(member)


class Hello:
    """Nothing is done before the hello, which says who it is and where it goes on."""

    seconds = 10.0
    late = Closing.SILENT

    def come(self, member: Member) -> None:
        """See Login."""

    def handle(self, member: Member, request: events.Request) -> None:
        """See Login."""
        if not isinstance(request, events.Hello):
            wrong = request if isinstance(request, events.Mistake) else events.Mistake("hello-first")
            member.error(wrong.code, wrong.id, wrong.detail)
            member.close(Closing.BAD_HELLO)
            return
        now = member.house.deadlines.now()
        member.count_request(now)
        if request.session is not None and not is_session(request.session):
            member.error("bad-session")
            member.close(Closing.BAD_HELLO)
        elif problem := member.house.lock.refuses(member.host, request.password, now, member.wire.name):
            member.error(problem)
            member.close(Closing.PASSWORD)
        else:
            _greet(member, request)


def _is_barred(member: Member) -> bool:
    """Whether it is banned: then it is told so, and closed."""
    is_barred = member.house.moderation.bars(member.host, member.by)
    if is_barred:
        if not member.wire.farewell(Closing.BANNED):
            member.error("you-are-banned")
        member.close(Closing.BANNED)
    return is_barred


KNOCK: Login[Member] = Knock()
HELLO: Login[Member] = Hello()


def _greet(member: Member, hello: events.Hello) -> None:
    member.session = hello.session or new_session()
    member.be(owner_of(member.session))
    if _is_barred(member):
        return
    # Who is muted keeps the name that it had, and takes none.
    is_muted = member.house.moderation.mute_of(member.host, member.by) is not None
    name = None if is_muted else hello.name
    if hello.session is None and not name:
        _enter(member, hello, None)
    else:
        member.house.room.naming.admit(member, name, lambda name: _enter(member, hello, name))


def _enter(member: Member, hello: events.Hello, name: str | None) -> bool:
    if member.stage >= CLOSING or _is_barred(member):
        return False
    if name:
        member.label, member.named = name, True
    resumed = seek(member, hello.after, hello.history)
    room = member.house.room
    enter(member)
    welcome = answers.Welcome(
        member.by, member.label, member.session, room.store.epoch, member.cursor, resumed, room.roster.counted(),
        room.feed.head, member.house.settings.title or UNSET,
    )  # fmt: skip
    member.answer(welcome)
    if hello.name:
        try:
            member.house.moderation.check_mute(member.host, member.by)
        except RefusedError as refused:
            member.refuse(refused)
    return True
