"""Tests in several processes, forked from the one that has collected them: `-p tests.forks --forks 4`.

pytest-xdist's processes each import and collect all anew, and what they tell of each small test takes a fifth of its
time: together a fifth of all that was not the browser's. And whoever is free takes what is next, to the last test:
nobody waits for one who has too much left.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, pairwise
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

NUMBER = 4
"""Bytes of a number in the queue. All of them are in it before any is taken: a pipe holds 16,000."""

TOLD = 0.1
"""Seconds from which on it is told how long a test was set up or torn down."""

EARLIER = 0.9
"""The share of all tests after which none is begun that waits."""

Unit = list[pytest.Item]
"""Tests that one process runs one after the other."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, metavar="N", help="run the tests in so many processes")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Fork, and tell what the processes tell."""
    options = session.config.option
    if not options.forks or options.collectonly or session.testsfailed:
        return None
    units = in_turn(session.items)
    queue, filled = os.pipe()
    os.write(filled, b"".join(number.to_bytes(NUMBER) for number in range(len(units))))
    os.close(filled)
    fork = multiprocessing.get_context("fork")
    workers: dict[Connection, Any] = {}
    try:
        for number in range(min(options.forks, len(units))):
            ours, theirs = fork.Pipe(duplex=False)
            with theirs:
                worker = fork.Process(target=_work, args=(session.config, number, _taken(queue, units), theirs))
                worker.start()
            workers[ours] = worker
        _listen(session, list(workers), queue)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
    except KeyboardInterrupt:
        for worker in workers.values():
            worker.terminate()
        raise
    finally:
        os.close(queue)
        for worker in workers.values():
            worker.join()
    return True


def in_turn(items: list[pytest.Item]) -> list[Unit]:
    """What is done together is first, as it takes longest. Of the others those that wait are among those that work,
    but for the last, so that none is waited for at the end.
    """
    groups: dict[object, Unit] = {}
    for item in items:
        groups.setdefault(_shared_by(item) or item, []).append(item)
    kinds = Counter(_waits(unit[0]) for unit in groups.values())
    seen: Counter[bool] = Counter()

    def place(unit: Unit) -> tuple[int, float]:
        waits = _waits(unit[0])
        seen[waits] += 1
        return -len(unit), seen[waits] / kinds[waits] * (EARLIER if waits else 1)

    return sorted(groups.values(), key=place)


def _shared_by(item: pytest.Item) -> tuple[object, ...]:
    """What it shares with others of its module: it is made once only where they run one after the other."""
    assert isinstance(item, pytest.Function)
    fixtures = item._fixtureinfo.name2fixturedefs
    shared = [name for name, made in fixtures.items() if made and made[-1].scope == "module"]
    return (item.path, *shared) if shared else ()


def _waits(item: pytest.Item) -> bool:
    return "e2e" in item.path.parts


def _listen(session: pytest.Session, told: list[Connection], queue: int) -> None:
    """Hear all reports to the end. A test of which nothing was told has failed: its process died of it."""
    hook = session.config.hook
    left = {item.nodeid: item for item in session.items}
    while told:
        for each in wait(told):
            assert isinstance(each, Connection)
            try:
                data = each.recv()
            except EOFError:
                told.remove(each)
                continue
            report = hook.pytest_report_from_serializable(config=session.config, data=data)
            left.pop(report.nodeid, None)
            hook.pytest_runtest_logreport(report=report)
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
        if session.shouldfail or session.shouldstop:
            while os.read(queue, 1 << 16):  # nobody takes another
                pass
            left.clear()
    for item in left.values():
        hook.pytest_runtest_logreport(report=_failed(item.nodeid, item.location, "its process ended before it"))


def _failed(nodeid: str, location: tuple[str, int | None, str], why: str) -> pytest.TestReport:
    return pytest.TestReport(nodeid, location, {}, "failed", why, "call")


# --- in the processes -------------------------------------------------------------------------------------------------


class _Teller:
    """Tells of a test once: its begin, its end, its setup and its teardown would be four more."""

    def __init__(self, told: Connection) -> None:
        self._told = told

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed or report.duration > TOLD:
                self.tell(item.config, report)
        return True

    def tell(self, config: pytest.Config, report: pytest.TestReport) -> None:
        self._told.send(config.hook.pytest_report_to_serializable(config=config, report=report))


def _taken(queue: int, units: list[Unit]) -> Iterator[pytest.Item]:
    while number := os.read(queue, NUMBER):
        yield from units[int.from_bytes(number)]


def _work(config: pytest.Config, number: int, taken: Iterator[pytest.Item], told: Connection) -> None:
    """Run what is next until nothing is."""
    _have_own(config, number)
    teller = _Teller(told)
    config.pluginmanager.register(teller)
    with suppress(KeyboardInterrupt):  # of which pytest tells
        for item, following in pairwise(chain(taken, (None,))):
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    try:
        config._ensure_unconfigure()
    except Exception as error:  # noqa: BLE001 - what is told when pytest ends: warnings of what was left behind
        teller.tell(config, _failed(f"process {number}", ("", None, ""), repr(error)))


def _have_own(config: pytest.Config, number: int) -> None:
    """Files for what is captured, and a folder for what tests write."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    factory: Any = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = Path(factory.getbasetemp()) / f"process-{number}"
    factory._basetemp.mkdir()
