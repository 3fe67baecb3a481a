"""A newcomer's first two minutes at nc and at telnet, recorded from the real programs, as the READMEs show them.

`python -m tests.e2e.transcripts` prints them all.
"""

import asyncio
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .gateway import Gateway
from .peers import Chat, Terminal, chat

PROGRAMS = {"nc": "nc.openbsd", "telnet": "telnet"}


@dataclass(frozen=True)
class Words:
    """What is said, in one language."""

    hello: str
    welcome: str
    ann: str
    newcomer: str
    claps: str
    bows: str
    later: str
    carl: str


WORDS = {
    "en": Words("hello?", "hi! what shall we call you?", "Ann", "Bob", "claps", "bows", "lunch?\nat one", "Carl"),
    "zh": Words("有人吗?", "你好!怎么称呼?", "小安", "小明", "鼓掌", "鞠躬", "吃午饭吗?\n一点", "小王"),
}


async def at_nc(user: Terminal, ann: Chat, words: Words) -> None:
    """One says hello, takes a name, looks back, asks what can be typed, and leaves by Ctrl-C."""
    await hello(user, ann, words)
    await types(user, f"/name {words.newcomer}", words.newcomer)
    await says(user, ann, words.claps, kind="action")
    await types(user, f"/me {words.bows}")
    await ann.texts(1)
    await types(user, "/history", rf"\*{words.bows}\*")
    await types(user, "/help", "//")
    user.type("\x03")


async def at_telnet(user: Terminal, ann: Chat, words: Words, gateway: Gateway) -> None:
    """One says hello, presses a key that telnet does not know, and has times and joins told."""
    await hello(user, ann, words)
    await types(user, "\x1b[A")
    await types(user, "/times on", "UTC")
    await says(user, ann, words.later)
    async with chat(gateway) as other:
        await other.next("presence")  # all who came until now have been told
        await types(user, "/joins on", r"\* ")
        async with chat(gateway, name=words.carl):
            await asyncio.to_thread(user.wait_for, words.carl)
        await types(user, "/quit")
        await asyncio.to_thread(user.ended)


async def hello(user: Terminal, ann: Chat, words: Words) -> None:
    await asyncio.to_thread(user.wait_for, r"\d\n\n")
    await types(user, words.hello, "/help")
    await ann.texts(1)
    await says(user, ann, words.welcome)


async def types(user: Terminal, line: str, answer: str = "") -> None:
    """Type a line; look until the answer is there, whole."""
    start = len(user.screen)
    user.type(f"{line}\n")
    if answer:
        await asyncio.to_thread(user.wait_for, rf"(?s)\A.{{{start + len(line)}}}.*{answer}.*\n\Z")


async def says(user: Terminal, ann: Chat, text: str, **how: str) -> None:
    """Somebody else says something, and it is seen."""
    await ann.send({"type": "say", "text": text, **how})
    await ann.texts(1)
    await asyncio.to_thread(user.wait_for, re.escape(text.split("\n")[-1]))


async def record(gateway: Gateway, program: str, language: str) -> str:
    """All that is on the screen from the command to the end."""
    words = WORDS[language]
    async with chat(gateway, name=words.ann) as ann:
        user = Terminal(PROGRAMS[program], "localhost", str(gateway.tcp_port))
        if program == "nc":
            await at_nc(user, ann, words)
        else:
            await at_telnet(user, ann, words, gateway)
        await asyncio.to_thread(user.ended)
        return f"$ {program} localhost 8001\n{as_shown(user.screen, gateway)}"


def as_shown(screen: str, gateway: Gateway) -> str:
    """The screen as the READMEs show it: on the default port."""
    return re.sub(r"[ ]+$", "", screen.replace(str(gateway.tcp_port), "8001"), flags=re.MULTILINE).strip()


async def _print_all() -> None:
    for language in WORDS:
        for program in ("nc", "telnet"):
            with tempfile.TemporaryDirectory() as folder:
                gateway = Gateway(Path(folder), "--language", language)
                try:
                    print(await record(gateway, program, language), end="\n\n")
                finally:
                    gateway.stop()


if __name__ == "__main__":
    asyncio.run(_print_all())
