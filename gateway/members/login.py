"""How somebody gets into the room: by coming, and the password where there is one; or by a hello."""

from msgspec import UNSET

from ..guard.stages import CLOSING
from ..messages import clean_text, is_session, new_session, owner_of
from ..refusals import RefusedError
from ..wires import events
from ..wires.closing import Closing
from ..wires.commands import parse
from .member import Login, Member


class Knock:
    """Who comes is in, if there is no password; else it is asked for, and may go instead."""

    seconds = 60.0
    late = Closing.PASSWORD

    def come(self, member: Member) -> None:
        """See Login."""
        if member.is_barred():
            return
        if not member.house.lock.is_set:
            member.enter()
            return
        member.format = member.wire.format
        member.notice("password-needed")

    def hear(self, member: Member, request: events.Request) -> None:
        """See Login."""
        now = member.house.deadlines.now()
        member.count_request(now)
        asked = parse(clean_text(request.text)) if isinstance(request, events.Typed) else request
        if isinstance(asked, events.Quit):
            member.leave(Closing.QUIT)
            return
        password = asked.password if isinstance(asked, events.Pass) else None
        if problem := member.house.lock.refuses(member.host, password, now):
            member.error(problem)
            return
        if member.is_barred():  # since it came
            return
        member.notice("password-right")
        member.seek(None, 0)
        member.enter()


class Hello:
    """Nothing is done before the hello, which says who it is and where it goes on."""

    seconds = 10.0
    late = Closing.SILENT

    def come(self, member: Member) -> None:
        """See Login."""

    def hear(self, member: Member, request: events.Request) -> None:
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
        elif problem := member.house.lock.refuses(member.host, request.password, now):
            member.error(problem)
            member.close(Closing.PASSWORD)
        else:
            _greet(member, request)


KNOCK: Login = Knock()
HELLO: Login = Hello()


def _greet(member: Member, hello: events.Hello) -> None:
    member.session = hello.session or new_session()
    member.be(owner_of(member.session))
    if member.is_barred():
        return
    # Who is muted keeps the name that it had, and takes none.
    is_muted = member.house.moderation.mute_of(member.host, member.by) is not None
    name = None if is_muted else hello.name
    if hello.session is None and not name:
        _enter(member, hello, None)
    else:
        member.house.room.naming.admit(member, name, lambda name: _enter(member, hello, name))


def _enter(member: Member, hello: events.Hello, name: str | None) -> bool:
    if member.stage >= CLOSING or member.is_barred():
        return False
    if name:
        member.label, member.named = name, True
    resumed = member.seek(hello.after, hello.history)
    room = member.house.room
    member.enter()
    welcome = events.Welcome(
        member.by, member.label, member.session, room.store.epoch, member.cursor, resumed, len(room.roster),
        member.house.settings.title or UNSET,
    )  # fmt: skip
    member.answer(welcome)
    if hello.name:
        try:
            member.house.moderation.check_mute(member.host, member.by)
        except RefusedError as refused:
            member.refuse(refused)
    return True
