"""Leads the processes of a swarm through a run: all in, talk, hear each other out; then adds up what they say."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from . import crowd
from .orders import Arrived, Expect, Failed, Go, Interval, Outcome, Stop, Talked
from .plan import Plan, SwarmError
from .report import Report, make_report
from .server import LocalServer, Usage

_LEAD_NS = 50_000_000  # so that all processes start at the same time
_LOOK_SECONDS = 0.25

Progress = Callable[[str, int], None]
"""Told what goes on: "members" that are in, "deliveries" so far, "listening" when all is said."""


class Conductor:
    """One run."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        self._server = LocalServer(plan.gateways)
        self._pipes: list[Connection] = []
        self._arrived: dict[Connection, Arrived] = {}
        self._spoken: dict[Connection, int] = {}
        self._intervals: list[Interval] = []
        self._outcomes: dict[Connection, Outcome] = {}
        self._most: Usage | None = None
        self._is_talking = False
        self._stops = False
        self.was_stopped = False
        """Whether the talk was ended early."""

    def run(self) -> Report:
        """All of it. Raises SwarmError."""
        with ExitStack() as processes:
            before = self._look()
            for number in range(self._plan.processes):
                processes.callback(_end, self._start(number))
            self._until(lambda: sum(each.members for each in self._arrived.values()) == self._plan.members)
            connect_seconds = max(each.seconds for each in self._arrived.values())
            connected = self._look()
            self._tell(Go(time.monotonic_ns() + _LEAD_NS))
            self._is_talking = True
            self._until(lambda: len(self._spoken) == self._plan.processes)
            self._is_talking = False
            spoken = sum(self._spoken.values())
            self._progress("listening", 0)
            self._tell(Expect(spoken))
            self._until(lambda: len(self._outcomes) == self._plan.processes)
            usages = (before, connected, self._look(), self._most)
        return make_report(self._plan, connect_seconds, self._intervals, list(self._outcomes.values()), spoken, usages)

    def stop(self) -> None:
        """End the talk early; what was said is heard out, and reported.

        Raises KeyboardInterrupt if there is nothing to report yet, or it is asked for again.
        """
        if not self._is_talking or self._stops:
            raise KeyboardInterrupt
        self._stops = True

    def _start(self, number: int) -> BaseProcess:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=crowd.main, args=(self._plan, number, theirs), daemon=True
        )
        process.start()
        theirs.close()
        self._pipes.append(ours)
        return process

    def _tell(self, command: Go | Stop | Expect) -> None:
        for pipe in self._pipes:
            pipe.send(command)

    def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            for pipe in wait(self._pipes, _LOOK_SECONDS):
                assert isinstance(pipe, Connection)
                try:
                    self._take(pipe, pipe.recv())
                except EOFError as error:
                    raise SwarmError("a process of the swarm died; its own words stand above") from error
            if self._stops and not self.was_stopped:
                self.was_stopped = True
                self._tell(Stop())
            self._look()

    def _take(self, pipe: Connection, signal: object) -> None:
        match signal:
            case Arrived():
                self._arrived[pipe] = signal
                self._progress("members", sum(each.members for each in self._arrived.values()))
            case Interval():
                self._intervals.append(signal)
                self._progress("deliveries", sum(interval.deliveries for interval in self._intervals))
            case Talked():
                self._spoken[pipe] = signal.spoken
            case Outcome():
                self._outcomes[pipe] = signal
                self._pipes.remove(pipe)
            case Failed():
                raise SwarmError(signal.text)

    def _look(self) -> Usage | None:
        """What the server uses now."""
        usage = self._server.usage()
        if usage is not None and (self._most is None or usage.memory > self._most.memory):
            self._most = usage
        return usage


def _end(process: BaseProcess) -> None:
    process.join(1)
    if process.is_alive():
        process.terminate()
        process.join()
