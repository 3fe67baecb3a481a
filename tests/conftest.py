"""What holds for every test.

It touches nothing of who runs it, neither their ports nor their files. And hypothesis runs at random where people work,
but in CI always the same, so that what is red there is red again; what a random run found is kept where CI runs it too:
bytes as a file in tests/corpus, all else as an `@example`. Few inputs each time, as all is run many times a day, and
more of them in CI; `make test ARGS="--hypothesis-profile thorough"` is for who changed what they are about.
"""

import gc
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from hypothesis import settings

from gateway.config import Settings
from gateway.logs import Ration

pytest.register_assert_rewrite("tests.worlds.story")  # before whatever imports it

settings.register_profile("people", deadline=None, max_examples=10)  # a busy machine is no fault of a test
settings.register_profile("ci", parent=settings.get_profile("people"), max_examples=30, derandomize=True, database=None)
settings.register_profile("thorough", parent=settings.get_profile("people"), max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("SKIP_NOTHING") else "people")


GARBAGE = 20_000
"""New objects after which garbage is looked for. Python's own 700 took a twentieth of all time; whoever tests what is
left as garbage looks for it itself, and a gateway in a process of its own has Python's. What is old is looked at
seldom: that took a second each time.
"""


# Hooks, and no fixtures that each test uses: of these four took a third of what a small test costs.


def pytest_sessionstart(session: pytest.Session) -> None:
    """The user's settings are no test's business. And it is as beside `make run`."""
    for variable in [each for each in os.environ if each.startswith("GATEWAY_")]:
        del os.environ[variable]
    held = ExitStack()
    session.config.add_cleanup(held.close)
    _take_the_usual_ports(held)


def _take_the_usual_ports(held: ExitStack) -> None:
    """In CI the ports of `make run` are taken while all tests run, as they are where a room is open.

    Elsewhere they are left alone, so that one may be opened meanwhile.
    """
    usual = Settings()
    for port in usual.ports.values() if os.environ.get("CI") else ():
        taken = held.enter_context(socket.socket())
        try:
            taken.bind((usual.host, port))
            taken.listen()
        except OSError:  # by a room, or by other processes that run tests
            continue


_numbers = count()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A state folder of the test's own: nor are the user's room and history. It is made by who keeps something.

    And lines of the log that no test before it has used up.
    """
    factory: pytest.TempPathFactory = item.config._tmp_path_factory  # type: ignore[attr-defined]  # the fixture's
    os.environ["XDG_STATE_HOME"] = str(factory.getbasetemp() / f"state-{next(_numbers)}")
    for logger in logging.Logger.manager.loggerDict.values():
        for each in getattr(logger, "filters", ()):
            if isinstance(each, Ration):
                each.__init__(each._most)  # type: ignore[misc]


def pytest_itemcollected(item: pytest.Item) -> None:
    """What drives a nats-server is no unit test, whether it asks for one itself or by a row of its table."""
    call = getattr(item, "callspec", None)
    if "nats" in getattr(item, "fixturenames", ()) or (call is not None and "nats" in call.params.values()):
        item.add_marker("nats")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected lives to the end: no garbage is looked for in it, which took a tenth of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(GARBAGE, 10, 100)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Garbage has been looked for, so that no warning of it is missed; pytest and Python would look for it anew."""
    gc.freeze()
