"""Every world, and the story in it: for `make worlds`. `make test` plays it in one, so that it stays a story."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..e2e import shadows
from ..e2e.conftest import Start
from ..e2e.gateway import Gateway
from ..e2e.peers import chat
from . import locales, roads
from .chromium import AtChromium
from .containers import Contained
from .firefox import AtFirefox
from .place import ELSEWHERE, Network, Place, Relay
from .stage import Chromium, Stage
from .story import HISTORY, Person, play
from .terminals import BASH, AtChat, AtProgram, ByPipe, at
from .webkit import AtWebKit

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONGEST = 150.0
"""Seconds for one story, whatever may hang in it."""

NC = AtProgram(("nc.openbsd", "-s", "127.0.0.9", "{host}", "{port}"), history=0)
"""The other person's, from an address that is no proxy's."""


@dataclass(frozen=True, slots=True)
class World:
    """Who comes in, by which road and under which name; into what gateway. The cheap one is in `make test`."""

    name: str
    person: Callable[[Stage], AbstractAsyncContextManager[Person]]
    road: roads.Road = roads.DIRECT
    host: str = "localhost"
    kind: type[Gateway] = Gateway
    cheap: bool = False


WORLDS = [
    World("chromium", AtChromium()),
    World("plain-http-elsewhere", AtChromium(), host=ELSEWHERE),
    World("notification-throws", AtChromium(shadows.ANDROID)),
    World("no-notification", AtChromium(shadows.BARE)),
    World("storage-throws", AtChromium(shadows.NO_STORAGE)),
    World("storage-is-null", AtChromium(shadows.NULL_STORAGE)),
    World("storage-is-full", AtChromium(shadows.FULL_STORAGE)),
    World("spring-2022", AtChromium(shadows.OLD)),
    World("clock-ahead", AtChromium(shadows.FAST_CLOCK)),
    World("online-is-false", AtChromium(shadows.OFFLINE)),
    World("firefox", AtFirefox()),
    World("firefox-plain-http-elsewhere", AtFirefox(), host=ELSEWHERE),
    World("webkit", AtWebKit()),
    World("nginx", AtChromium(), roads.nginx(), ELSEWHERE),
    World("nginx-prefix", AtChromium(), roads.nginx("/chat/"), ELSEWHERE),
    World("nginx-published", AtChromium(), roads.nginx(published=True), ELSEWHERE),
    World("nginx-prefix-gateway-chat", AtChat(), roads.nginx("/chat/")),
    World("nginx-prefix-pipe", ByPipe(), roads.nginx("/chat/")),
    World("caddy", AtChromium(), roads.caddy(), ELSEWHERE),
    World("caddy-prefix", AtChromium(), roads.caddy("/chat/"), ELSEWHERE),
    World("traefik-http", AtChromium(), roads.traefik("http"), ELSEWHERE),
    World("traefik-https", AtChromium(), roads.traefik("https"), ELSEWHERE),
    World("haproxy-web", AtChromium(), roads.HAPROXY, ELSEWHERE),
    World("haproxy-raw", at("nc.openbsd {host} {port}"), roads.HAPROXY),
    World("nc-openbsd", at("nc.openbsd {host} {port}")),
    World("nc-traditional", at("nc.traditional {host} {port}")),
    World("nc-busybox", at("busybox nc {host} {port}")),
    World("ncat", at("ncat {host} {port}")),
    World("telnet-inetutils", at("inetutils-telnet {host} {port}")),
    World("telnet-busybox", at("busybox telnet {host} {port}")),
    World("plink-raw", at("plink -raw -P {port} {host}")),
    World("plink-telnet", at("plink -telnet -P {port} {host}")),
    World("socat", at("socat - TCP:{host}:{port}")),
    World("bash", BASH),
    *(World(f"gateway-chat-{each.name}", AtChat(each)) for each in locales.ALL),
    *(World(f"pipe-{each.name}", ByPipe(each), cheap=each == locales.C) for each in locales.ALL),
    World("container", AtChromium(), kind=Contained),
]


def _param(world: World) -> object:
    return pytest.param(world, id=world.name, marks=() if world.cheap else pytest.mark.worlds)


@pytest.mark.parametrize("world", [_param(world) for world in WORLDS])
async def test_the_story(world: World, start: Start, chromium: Chromium, tmp_path: Path) -> None:
    named = () if world.host == "localhost" else ("--public-host", world.host)
    gateway = start(*world.road.flags, *named, kind=world.kind)
    async with asyncio.timeout(LONGEST), AsyncExitStack() as stack:
        async with chat(gateway, name="bob") as bob:
            for text in HISTORY:
                await bob.say(text)
            await bob.texts(len(HISTORY))
        witness = await stack.enter_async_context(chat(gateway))
        network = Network(
            *[await stack.enter_async_context(Relay(port)) for port in (gateway.http_port, gateway.tcp_port)]
        )
        inside = Place(network.web.port, network.raw.port, world.host)
        place = await stack.enter_async_context(world.road.lead(inside, tmp_path))
        nc_folder = tmp_path / "nc"
        nc_folder.mkdir()
        here = Stage(Place(gateway.http_port, gateway.tcp_port), nc_folder, chromium)
        nc = await stack.enter_async_context(NC(here))
        person = await stack.enter_async_context(world.person(Stage(place, tmp_path, chromium)))
        await play(person, nc, witness, network)
