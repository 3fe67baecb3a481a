"""Texts that are looked for, byte by byte, in the files of a store."""

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.messages import Draft, deletion_of
from gateway.stores import Store

from ..samples import a_draft

SIZES = (0, 10, 100, 1000, 3000, 4060, 5000, 20_000)  # of which some have a page, and pages, for themselves


def deletion(*seqs: int) -> Draft:
    """Takes these back."""
    return a_draft(deletion_of(seqs), kind="deleted")


def files_in(folder: Path) -> bytes:
    """All that is in any file, and what they are called."""
    return b"".join(_files_in(folder))


def _files_in(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # whose folder it is may be running
            if path.is_file():
                yield str(path).encode() + path.read_bytes()


def marks_in(folder: Path, marks: dict[int, str]) -> set[int]:
    """Those of these texts of which something can be read in any file."""
    found = {mark.decode() for mark in re.findall(rb"<[0-9a-f]{16}>", files_in(folder))}
    return {seq for seq, mark in marks.items() if mark in found}


async def fill(store: Store, count: int, dice: random.Random, sizes: Sequence[int] = SIZES) -> dict[int, str]:
    """Say so much, in sizes of all kinds; by seq, what stands at both ends of each text."""
    marks = [f"<{dice.getrandbits(64):016x}>" for _ in range(count)]
    drafts = [a_draft(mark + "x" * dice.choice(sizes) + mark) for mark in marks]
    seqs = [seq for start in range(0, count, 500) for seq in await store.append(drafts[start : start + 500])]
    return dict(zip(seqs, marks, strict=True))
