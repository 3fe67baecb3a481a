"""The members of one process, on one epoll: they come in, talk, hear each other out, and report.

1. Every delivery is checked, and timed from when it should have been said to when it could be read.
2. The conductor leads: `Go` starts the talk in all processes at once, `Expect` tells how much there is to hear.
"""

import resource
import signal
import time
from collections import Counter
from contextlib import suppress
from multiprocessing.connection import Connection

from websockets.exceptions import ProtocolError

from ..causes import cause_of
from .attendance import Attendance
from .dialects import Barred, Closed, Complaint, Dialect, Heard, Json, Pinged, Raw, Welcome
from .meter import Meter
from .orders import Arrived, Expect, Failed, Go, Outcome, Stop, Talked
from .peer import Peer, Phase
from .plan import Plan, SwarmError
from .sockets import WRITABLE, Ready, Sockets
from .speech import Speech
from .talk import Talk
from .transcript import Transcript

PATIENCE = 10.0
"""Seconds without any progress after which what is missing does not come any more."""

_TURN_SECONDS = 0.05


class Crowd:
    """One process's members."""

    def __init__(self, plan: Plan, process: int, pipe: Connection) -> None:
        self._plan = plan
        self._pipe = pipe
        self._transcript = Transcript()
        self._speech = Speech(plan.run, plan.size)
        self._talk = Talk(
            plan.senders_of(process),
            plan.senders,
            rate=plan.rate,
            window=plan.window,
            messages=plan.messages,
            seconds=plan.seconds,
        )
        raw, json = Raw(self._speech, plan.password), Json(self._speech, plan.password)
        self._all = {number: self._make(number, raw, json) for number in plan.members_of(process)}
        self._stalled = [peer for number, peer in self._all.items() if plan.is_stalled(number)]
        self._sockets = Sockets(pipe.fileno())
        self._step = self._gather
        self._start = 0
        self._begun = self._moved_at = self._told_at = time.monotonic()
        self._attendance = Attendance(plan, process, self._all, self._begun)
        self._meter = Meter(pipe.send)
        self._written = 0  # of the transcript, that the speakers know
        self._spoken = 0
        self._expected = 0
        self._cpu = 0.0
        self._closings: Counter[str] = Counter()
        self._complaints: Counter[str] = Counter()
        self._over = False

    def run(self) -> None:
        """All of it. Raises SwarmError, OSError."""
        while not self._over:
            for number, ready in enumerate(self._sockets.ready(self._patience())):
                self._read(ready)
                if not number % 4:
                    self._speak()
            self._speak()
            self._connect_some()
            self._step()

    def _make(self, number: int, raw: Raw, json: Json) -> Peer:
        is_tcp = self._plan.is_tcp(number)
        addresses = [(each.host, each.tcp_port if is_tcp else each.http_port) for each in self._plan.gateways]
        dialect: Dialect = raw if is_tcp else json
        return Peer(number, addresses, dialect, self._talk.speakers.get(number))

    def _now(self) -> int:
        """Microseconds since the talk began."""
        return (time.monotonic_ns() - self._start) // 1000 if self._start else 0

    # --- reading --------------------------------------------------------------------------------------------------

    def _patience(self) -> float:
        if not self._start:
            return _TURN_SECONDS
        # epoll counts in whole milliseconds and would be late: the last one is spun through.
        return min(_TURN_SECONDS, max(0.0, (self._talk.next_at() - self._now()) // 1000 / 1000))

    def _read(self, ready: Ready) -> None:
        """Read some sockets, then look at the clock: what they had was there by then, and by little earlier."""
        counts: Counter[tuple[Heard, bool]] = Counter()
        peers = self._sockets.peers
        for fd, event in ready:
            peer = peers.get(fd)
            if peer is None:
                self._obey()
                continue
            try:
                if event & WRITABLE:
                    self._writable(peer)
                if event & ~WRITABLE and (heard := self._hear(peer)) is not None:
                    counts[heard, peer.is_timely(heard)] += 1
            except OSError as error:
                self._lost(peer, cause_of(error))
        if counts:
            self._meter.hear(counts, self._now())
            self._moved_at = time.monotonic()

    def _hear(self, peer: Peer) -> Heard | None:
        data = peer.read()
        if data is None:
            return None
        if not data:
            self._lost(peer, "closed")
            return None
        self._meter.read(len(data))
        try:
            heard = peer.hear(data)
        except ProtocolError as error:
            raise SwarmError(f"a WebSocket frame that can't be: {error}") from error
        if heard.events or heard.damaged:
            self._transcript.faults.damaged += heard.damaged
            self._heed(peer, heard)
        if heard.passage is None:
            return None
        if heard.last:  # behind the welcome, if that came along
            peer.seq = heard.last
        self._transcript.hear(peer.listener, heard.passage)
        return heard

    def _heed(self, peer: Peer, heard: Heard) -> None:
        for event in heard.events:
            match event:
                case Welcome() if peer.phase is Phase.ENTERING:
                    self._entered(peer, event)
                case Pinged():
                    peer.send(event.pong)
                case Closed():
                    self._closings[event.reason or "closed"] += 1
                case Complaint():
                    self._complaints[event.text] += 1
                    if peer.phase is Phase.ENTERING and not self._start:
                        raise SwarmError(f"the gateway lets no more in than {self._attendance.inside}: {event.text}")
                case Barred():
                    raise SwarmError("the room has a password: give it by --password-file")
                case _:
                    pass

    # --- speaking -------------------------------------------------------------------------------------------------

    def _speak(self) -> None:
        """Tell the speakers who was heard, and let those speak whose turn it is."""
        said = self._transcript.said
        for number in range(self._written, len(said)):
            self._talk.hear(said[number].sender, said[number].number)
        self._written = len(said)
        if not self._start or self._expected:
            return
        for speaker, since in self._talk.due(self._now()):
            peer = self._all[speaker.sender]
            speaker.spoken += 1
            speaker.under_way += 1
            self._spoken += 1
            peer.say(speaker.spoken, self._speech.compose(speaker.sender, speaker.spoken, since))
            self._sockets.watch(peer)

    def _writable(self, peer: Peer) -> None:
        if peer.phase is Phase.CONNECTING:
            peer.connected()
        else:
            peer.send(b"")
        self._sockets.watch(peer)

    # --- coming and going -----------------------------------------------------------------------------------------

    def _connect_some(self) -> None:
        now = time.monotonic()
        while (peer := self._attendance.next_to_come(now)) is not None:
            try:
                peer.connect()
            except OSError as error:
                self._lost(peer, cause_of(error))
                continue
            self._sockets.add(peer)

    def _entered(self, peer: Peer, welcome: Welcome) -> None:
        self._attendance.enter(peer, welcome)
        peer.since = self._now()
        self._moved_at = time.monotonic()

    def _lost(self, peer: Peer, reason: str) -> None:
        """A connection ended, and not by us. Who was in comes back."""
        if not self._start:
            where = f"{peer.address[0]} port {peer.address[1]}"
            raise SwarmError(f"{where}: {reason}; {self._attendance.inside} members were in")
        self._closings[reason] += 1
        if not peer.is_json and peer.phase is Phase.IN:
            self._transcript.finish(peer.listener)
        self._let_go(peer)

    def _let_go(self, peer: Peer) -> None:
        self._sockets.forget(peer)
        self._attendance.leave(peer, time.monotonic())
        if peer.speaker:
            self._talk.cut_off(peer.speaker)

    def _churn(self) -> None:
        now = time.monotonic()
        while (peer := self._attendance.next_to_go(now)) is not None:
            self._let_go(peer)

    # --- the steps of the run -------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Until all are in."""
        if self._attendance.is_full:
            self._step = self._wait
        elif time.monotonic() > self._moved_at + PATIENCE:
            raise SwarmError(
                f"the gateway answers no more: {self._attendance.inside} of {len(self._all)} members are in"
            )
        now = time.monotonic()
        if now > self._told_at + 0.1 or self._step == self._wait:
            self._told_at = now
            self._pipe.send(Arrived(self._attendance.inside, now - self._begun))

    def _wait(self) -> None:
        """Until the conductor says that the talk begins."""

    def _obey(self) -> None:
        command = self._pipe.recv()
        if isinstance(command, Go):
            self._start = command.start
            self._cpu = time.process_time()
            self._attendance.begin_churn(time.monotonic())
            for peer in self._stalled:
                self._sockets.ignore(peer)
            self._step = self._talking
        elif isinstance(command, Stop):
            self._talk.stop(self._now())
        elif isinstance(command, Expect):
            self._expected = command.spoken
            self._moved_at = time.monotonic()
            for peer in self._stalled:
                peer.since = self._now()
                self._sockets.watch(peer)
            self._step = self._hear_out

    def _talking(self) -> None:
        self._churn()
        if self._talk.is_over(self._now()):
            self._pipe.send(Talked(self._spoken))
            self._step = self._wait

    def _hear_out(self) -> None:
        """Until everybody has heard everything, or nothing comes any more."""
        is_complete = (
            self._attendance.is_full
            and len(self._transcript.said) >= self._expected
            and all(self._transcript.is_done(peer.listener) for peer in self._all.values())
        )
        if is_complete or time.monotonic() > self._moved_at + PATIENCE:
            self._finish()

    def _finish(self) -> None:
        self._meter.end_interval()
        transcript = self._transcript
        transcript.finish_all([peer.listener for peer in self._all.values()])
        self._pipe.send(
            Outcome(
                transcript.faults,
                transcript.digest(),
                len(transcript.said),
                self._talk.doubtful(transcript.by_sender),
                self._meter.ended,
                time.process_time() - self._cpu,
                self._attendance.returns,
                self._closings,
                self._complaints,
            )
        )
        self._over = True


def main(plan: Plan, process: int, pipe: Connection) -> None:
    """What a process of the swarm runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the conductor's: it tells when to stop
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with suppress(BrokenPipeError, EOFError):
        try:
            Crowd(plan, process, pipe).run()
        except SwarmError as error:
            pipe.send(Failed(str(error)))
