"""A process that has imported the gateway, and forks: importing takes a second, and hundreds of tests start one.

It has put the page together and the table of what looks alike, too, which took two thirds of each start.

What is forked is the command as ever, `python -m gateway …`, in a process, environment and files of its own.
What Python does before it runs a line of ours is not done anew: whoever tests locales other than C.UTF-8, or
descriptors that are closed, starts a Python of his own.
"""

import atexit
import fcntl
import gc
import json
import os
import resource
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import termios
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from typing import NoReturn, TextIO

IMPORTED = (
    "gateway.cli", "gateway.serving.server", "gateway.members.tcp", "gateway.web.door",
    "gateway.stores.files", "gateway.stores.sqlite", "gateway.stores.memory", "gateway.stores.jetstream",
    "gateway.upkeep.moving", "gateway.upkeep.restoring", "uvloop", "encodings.idna", "_strptime", "tests.books",
    "gateway.client.run", "gateway.swarm.conductor", "gateway.swarm.display", "rich.console",
)  # fmt: skip
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""What Python has seen when it started, and so has to be what it sees later."""
REQUEST_BYTES = 65536
NO_COLLECTOR = "TESTED_WITHOUT_COLLECTOR"
"""A variable of its environment: what refers to itself stays then, and is seen."""


class Child:
    """A process that was forked, with what is used here of subprocess.Popen."""

    def __init__(self, stderr: int, status: int) -> None:
        self.stdin: TextIO
        self.stdout: TextIO
        self.stderr = os.fdopen(stderr, encoding="utf-8")
        self._status = os.fdopen(status, "rb", buffering=0)
        self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, if it has ended."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        status = self._ended_within(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(["gateway"], timeout or 0)
        return status

    def last_words(self, timeout: float) -> str:
        """All that it has not told yet of what went wrong, once it has ended. Raises subprocess.TimeoutExpired."""
        self.wait(timeout)
        return self.stderr.read()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def _ended_within(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._status, selectors.EVENT_READ)
                if selector.select(seconds):
                    self.returncode = int(self._status.readline())
                    self._status.close()
        return self.returncode


@cache
def opened() -> socket.socket:
    """The nursery of this process and of those that it forks from here on, which ends with the last of them."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
        )
    atexit.register(process.wait)
    atexit.register(ours.close)  # first: it is what the other waits for
    return ours


def start(
    arguments: list[str],
    environment: dict[str, str],
    *,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    descriptors: int | None = None,
    is_at_terminal: bool = False,
) -> Child:
    """`python -m gateway` with these arguments; its stderr is a pipe unless it is given, the others nothing else.

    `descriptors`: how many it may have, as `ulimit -n` says. `is_at_terminal`: of its stdin, in a session of its own.
    """
    (read_stderr, their_stderr), (read_status, status) = os.pipe(), os.pipe()
    request = json.dumps([arguments, environment, os.getcwd(), descriptors, is_at_terminal]).encode()
    with open(os.devnull, "r+b", buffering=0) as nothing:
        given = [nothing.fileno() if each is None else each for each in (stdin, stdout)]
        socket.send_fds(opened(), [request], [*given, their_stderr if stderr is None else stderr, status])
    os.close(their_stderr)
    os.close(status)
    return Child(read_stderr, read_status)


def run(
    arguments: list[str],
    *,
    stdin: str | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    seconds: float = 60,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """It to its end, in this process's environment unless another is given. `stdin`: what a pipe holds; None: nothing.

    What it says is in the result, but what goes to files that are given. Raises subprocess.TimeoutExpired, and kills
    it then.
    """
    (their_stdin, our_stdin), (our_stdout, their_stdout) = os.pipe(), os.pipe()
    given = {**(os.environ if environment is None else environment), **ENVIRONMENT}
    their_own = None if stdin is None else their_stdin
    child = start(arguments, given, stdin=their_own, stdout=their_stdout if stdout is None else stdout, stderr=stderr)
    os.close(their_stdin)
    os.close(their_stdout)
    with ThreadPoolExecutor(3) as pool:
        pool.submit(_fill, our_stdin, (stdin or "").encode())
        out, errors = pool.submit(_drained, our_stdout), pool.submit(child.stderr.read)
        try:
            child.wait(seconds)
        finally:
            child.kill()
    child.stderr.close()
    return subprocess.CompletedProcess(arguments, child.wait(), out.result(), errors.result())


@contextmanager
def in_pipes(*arguments: str) -> Iterator[Child]:
    """It as long as the block lasts, in this process's environment; its three streams are pipes."""
    (their_stdin, our_stdin), (our_stdout, their_stdout) = os.pipe(), os.pipe()
    child = start([*arguments], {**os.environ, **ENVIRONMENT}, stdin=their_stdin, stdout=their_stdout)
    os.close(their_stdin)
    os.close(their_stdout)
    with open(our_stdout, encoding="utf-8") as child.stdout, child.stderr:
        try:
            child.stdin = open(our_stdin, "w", encoding="utf-8")  # noqa: SIM115 - below
            yield child
        finally:
            child.kill()
            child.wait()
            with suppress(BrokenPipeError):
                child.stdin.close()


def _fill(pipe: int, data: bytes) -> None:
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb", buffering=0) as file:
        while data:
            data = data[file.write(data) :]


def _drained(pipe: int) -> str:
    with os.fdopen(pipe, encoding="utf-8") as file:
        return file.read()


# --- in the nursery ---------------------------------------------------------------------------------------------------


def main(descriptor: int) -> None:
    """Fork what is asked for until nobody can ask any more; tell how each one ended."""
    for name in IMPORTED:
        import_module(name)
    import_module("gateway.web.site").page_files()
    import_module("gateway.text.skeletons").skeleton("")
    gc.freeze()
    with socket.socket(fileno=descriptor) as asked, selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        running: dict[int, int] = {}
        while True:
            for key, _ in selector.select():
                if key.fileobj is not asked:
                    selector.unregister(key.fileobj)
                    _tell_the_end(key.fd, *key.data)
                    del running[key.data[0]]
                    continue
                request, descriptors, _, _ = socket.recv_fds(asked, REQUEST_BYTES, 4)
                if not request:
                    for pid in running:
                        os.kill(pid, signal.SIGKILL)
                    return
                *files, status = descriptors
                pid = _fork(asked, files, status, *json.loads(request))
                running[pid] = status
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))


def _fork(
    asked: socket.socket,
    files: list[int],
    status: int,
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
    descriptors: int | None,
    is_at_terminal: bool,
) -> int:
    if (pid := os.fork()) == 0:
        asked.close()
        if is_at_terminal:
            own_terminal(files[0])
        _become(files, arguments, environment, folder, descriptors)
    for file in files:
        os.close(file)
    os.write(status, b"%d\n" % pid)
    return pid


def own_terminal(terminal: int) -> None:
    """Be in a session of this terminal's."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # which tests in the background pass on as ignored
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)


def _become(
    files: list[int], arguments: list[str], environment: dict[str, str], folder: str, descriptors: int | None
) -> NoReturn:
    for number, file in enumerate(files):
        os.dup2(file, number)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 - as Python does
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if descriptors is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    if environment.get(NO_COLLECTOR):
        gc.disable()
    _balance_the_books()
    status = 1
    try:
        runpy.run_module("gateway", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - it ends here, as at the top of a program
        traceback.print_exc()
    finally:
        # As an interpreter does that ends.
        try:
            sys.stdout.flush()
        except OSError:
            status = 120
        getattr(sys.stderr, "finish", sys.stderr.flush)()
        os._exit(status)


def _balance_the_books() -> None:
    """Once a gateway has stopped, places are taken only by those who are still at its door."""
    from gateway.members.arrival import Newcomer
    from gateway.members.nowhere import NOWHERE
    from gateway.serving.server import Server

    from ..books import off

    async def stop_and_look(self: Server) -> None:
        await stop(self)
        here = [each for each in gc.get_objects() if isinstance(each, Newcomer)]
        here = [each for each in here if each._transport is not NOWHERE]
        at_the_door = [each for each in here if each._transport.get_protocol() is each]
        if wrong := off(self._house, at_the_door):
            sys.stderr.write(f"ERROR the books do not balance: {wrong}\n")

    stop = Server.stop
    Server.stop = stop_and_look  # type: ignore[method-assign]


def _tell_the_end(pidfd: int, pid: int, status: int) -> None:
    os.close(pidfd)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os.close(status)


if __name__ == "__main__":
    main(int(sys.argv[1]))
