"""Who of one process is in, and who comes and goes when: all at first, some again and again. It is told the time."""

from collections import deque
from collections.abc import Mapping
from random import Random

from .dialects import Welcome
from .peer import Peer, Phase
from .plan import Plan

AWAY_SECONDS = 0.5
AT_ONCE = 64
"""Members that connect, and are not in yet."""


class Attendance:
    """Of one process. `now` is in seconds."""

    def __init__(self, plan: Plan, process: int, members: Mapping[int, Peer], now: float) -> None:
        self.inside = 0
        self.returns = 0
        self._plan = plan
        self._chance = Random(process)
        self._size = len(members)
        self._movers = [
            peer for number, peer in members.items() if not (plan.is_sender(number) or plan.is_stalled(number))
        ]
        self._absent = deque((0.0, peer) for peer in members.values())  # when they come, in that order
        self._entering = 0
        self._next_connect = self._next_churn = now

    @property
    def is_full(self) -> bool:
        """Whether all are in."""
        return self.inside == self._size

    def next_to_come(self, now: float) -> Peer | None:
        """One whose time it is: some at once, and not more a second than they may be."""
        may_come = self._entering < AT_ONCE and self._next_connect <= now
        if not (may_come and self._absent and self._absent[0][0] <= now):
            return None
        self._entering += 1
        if self._plan.connect_rate:
            self._next_connect = max(now - 0.1, self._next_connect) + self._plan.processes / self._plan.connect_rate
        return self._absent.popleft()[1]

    def enter(self, peer: Peer, welcome: Welcome) -> None:
        """The gateway has let it in."""
        if peer.session and peer.session == welcome.session:
            self.returns += 1
        peer.enter(welcome)
        self._entering -= 1
        self.inside += 1

    def begin_churn(self, now: float) -> None:
        """From now on some go."""
        self._next_churn = now

    def next_to_go(self, now: float) -> Peer | None:
        """One whose time it is; it comes back."""
        while self._plan.churn and self._movers and self._next_churn <= now:
            self._next_churn += self._plan.processes / self._plan.churn
            if (peer := self._chance.choice(self._movers)).phase is Phase.IN:
                return peer
        return None

    def leave(self, peer: Peer, now: float) -> None:
        """Its connection is over, if there was one; it comes again."""
        if peer.phase is Phase.IN:
            self.inside -= 1
        else:
            self._entering -= 1
        peer.leave()
        self._absent.append((now + AWAY_SECONDS, peer))
