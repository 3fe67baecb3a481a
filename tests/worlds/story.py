"""What happens in each world: come in, read, say, hear, be cut off, come back; nothing is lost, and nothing doubled."""

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from ..e2e.peers import Chat
from ..patience import PATIENCE
from .place import Network

LOOK_EVERY = 0.05
T = TypeVar("T")

NAME = "Ann"
LINK = "https://example.com/page"
HISTORY = (f"first {LINK}这个页面 很好用", "second 第二行 😀", "third, 好的")
SAID = "hello from here 你好 😀"
HEARD = "hello from nc 听到了"
CALLED = (f"{NAME}: are you there", "come quickly 快来")
MISSED = "while you were away 你不在"
WAITED = "while I was away 等一下"
LAST = "and on it goes 继续"
END = "the end"


class Person(ABC):
    """Somebody in the room, by a program."""

    keeps = False
    """Whether what one says without a connection is kept and said later; who has no such program does not say it."""

    @abstractmethod
    async def come_in(self, name: str) -> None:
        """Come into the room, and ask for the newest of its log if it is not shown without that."""

    @abstractmethod
    async def say(self, text: str) -> None:
        """Type it, and Enter."""

    @abstractmethod
    async def screen(self) -> str:
        """All the text of the log that is shown."""

    @abstractmethod
    async def come_back(self) -> None:
        """Be in the room again after the connection was lost: by itself, or as a person of this kind does that."""

    def writes(self, text: str) -> str:
        """The text as this person's terminal can write and show it."""
        return text

    async def notices(self, what: str) -> None:
        """Wait until this is noticed of the connection: `in`, `lost`."""
        del what

    async def links(self) -> list[str] | None:
        """Where the links on the screen lead to; None where there are none to click on."""
        return None

    async def trouble(self) -> str:
        """What the program complains of."""
        return ""

    async def is_called(self, call: Awaitable[None]) -> None:
        """Do something else while one is called; notice it, and look here again."""
        await call


async def eventually(look: Callable[[], Awaitable[T]], right: Callable[[T], bool], story: str) -> T:
    """Look until it is right."""
    end = time.monotonic() + PATIENCE
    while not right(seen := await look()):
        if time.monotonic() > end:
            raise AssertionError(f"{story}; instead, at the end:\n{seen}")
        await asyncio.sleep(LOOK_EVERY)
    return seen


def found(screen: str, texts: Iterable[str]) -> list[str]:
    """Those of the texts that are on the screen, each as often as it is there, in their order."""
    return re.findall("|".join(map(re.escape, sorted(texts, key=len, reverse=True))), screen)


async def shows(person: Person, who: str, texts: Sequence[str]) -> None:
    """Wait until just these are shown, in this order, each once."""
    wanted = [person.writes(text) for text in texts]
    any_of = {*wanted, *(person.writes(text) for text in (*HISTORY, SAID, HEARD, *CALLED, MISSED, WAITED, LAST, END))}
    await eventually(person.screen, lambda screen: found(screen, any_of) == wanted, f"{who} should see {wanted}")


async def play(person: Person, nc: Person, witness: Chat, network: Network) -> None:
    """The story. `nc` is another person's netcat; the witness hears all that the log takes."""
    log = list(HISTORY)

    async def is_said(text: str) -> None:
        """It is in the log, next and once."""
        assert (await witness.texts(1)) == [text]
        log.append(text)

    async def say(text: str) -> str:
        await person.say(written := person.writes(text))
        return written

    async def call() -> None:
        await nc.say("\n".join(CALLED))
        for text in CALLED:
            await is_said(text)

    await nc.come_in("")
    await person.come_in(NAME)
    await person.notices("in")
    await shows(person, "the person", log)
    assert await person.links() in (None, [LINK]), f"the one link leads to {LINK}"
    assert await person.trouble() == ""

    await is_said(await say(SAID))
    await shows(nc, "nc", log[len(HISTORY) :])
    await nc.say(HEARD)
    await is_said(HEARD)
    await shows(person, "the person", log)

    await person.is_called(call())
    await shows(person, "the person", log)
    assert await person.trouble() == ""

    network.cut()
    await person.notices("lost")
    await nc.say(MISSED)
    await is_said(MISSED)
    waiting = await say(WAITED) if person.keeps else ""
    network.restore()
    await person.come_back()
    await person.notices("in")
    if waiting:
        await is_said(waiting)
    await shows(person, "the person", log)

    await is_said(await say(LAST))
    await shows(nc, "nc", log[len(HISTORY) :])
    await nc.say(END)
    await is_said(END)
    await shows(person, "the person", log)
    await shows(nc, "nc", log[len(HISTORY) :])
    assert await person.trouble() == ""
