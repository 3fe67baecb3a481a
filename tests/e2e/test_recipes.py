"""docs/recipes.md: each recipe that can run here runs, and does what it says."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..processes import need, started
from .conftest import Start
from .gateway import Gateway
from .peers import chat

TEXT = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
ADMIN = "sesame"
SAID = {
    "by nc": "deployed by nc", "by bash": "deployed by bash", "by curl": "deployed by curl",
    "build-42": "build 42 is green", "all green": "[build] all green", "git log": ": ",
    "make --version": "[job] GNU Make", "df -P": "disk is ",
}  # fmt: skip


def fitted(recipe: str, gateway: Gateway) -> str:
    """For this gateway's ports."""
    return recipe.replace("8001", str(gateway.tcp_port)).replace("8080", str(gateway.http_port))


def run(recipe: str, gateway: Gateway, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "TMPDIR": str(folder), "HOME": str(folder), "LANG": "C.UTF-8", "ADMIN_PASSWORD": ADMIN}
    ended = subprocess.run(
        ["bash", "-c", fitted(recipe, gateway)], capture_output=True, text=True, timeout=30, check=False,
        env=environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("recipe", [each for each in SHELL if "jq" not in each], ids=lambda recipe: recipe.split()[0])
async def test_what_says_something(start: Start, tmp_path: Path, recipe: str) -> None:
    if "| nc " in recipe:
        need("nc")
    gateway = start("--rate", "0", "--rate-kib", "0")
    expected = next(said for part, said in SAID.items() if part in recipe)
    async with chat(gateway) as ann:
        await asyncio.to_thread(run, recipe, gateway, tmp_path)
        if "git log" in recipe and not (Path(__file__).parents[2] / ".git").exists():
            return
        texts: list[str] = []
        while not any(expected in text for text in texts):
            texts.append((await ann.next("message"))["text"])


@pytest.mark.worlds
def test_what_reads_and_plays_again(start: Start, tmp_path: Path) -> None:
    need("jq")
    gateway = start("--rate", "0", "--rate-kib", "0")
    run("printf 'one\ntwo\nthree\nfour\n' | gateway chat ws://localhost:8080 --name ann", gateway, tmp_path)
    read, play = [recipe for recipe in SHELL if "jq" in recipe and "--search" not in recipe]
    assert run(read, gateway, tmp_path) == "ann: one\nann: two\nann: three\nann: four\n"
    run(play, gateway, tmp_path)
    assert run(read, gateway, tmp_path).endswith("replay: one\nreplay: two\nreplay: three\n")


def test_what_finds_and_what_deletes(start: Start, tmp_path: Path) -> None:
    need("jq")
    gateway = start("--rate", "0", "--rate-kib", "0", GATEWAY_ADMIN_PASSWORD=ADMIN)
    said = "deploy failed\nit is HUNTER2\nall is well\nhunter2 it is\nfailed to deploy\n"
    run(f"printf {said!r} | gateway chat ws://localhost:8080 --name ann", gateway, tmp_path)
    find, delete = [recipe for recipe in SHELL if "--search" in recipe]
    assert run(find, gateway, tmp_path) == "ann: failed to deploy\nann: deploy failed\n"
    answers = [json.loads(line) for line in run(delete, gateway, tmp_path).splitlines()]
    assert [each["seq"] for each in answers] == [6, 7]
    left = run("curl -s http://localhost:8080/messages", gateway, tmp_path)
    assert [each["text"] for each in json.loads(left)["messages"]] == [
        "deploy failed",
        "all is well",
        "failed to deploy",
    ]


async def test_the_bot(gateway: Gateway, tmp_path: Path) -> None:
    (recipe,) = PYTHON
    file = tmp_path / "bot.py"
    file.write_text(fitted(recipe, gateway))
    with started([sys.executable, str(file)]) as bot:
        async with chat(gateway, name="Ann") as ann:
            presence = await ann.next("presence", "message")
            while not any(person["name"] == "bot" for person in presence["joined"]):
                presence = await ann.next("presence")
            await ann.say("ping")
            assert await ann.texts(2) == ["ping", "pong, Ann"]
        bot.kill()


def test_every_recipe_is_known() -> None:
    assert len(SHELL) == len(SAID) + 4
    assert len(PYTHON) == 1
