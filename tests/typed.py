"""What people type, and what becomes of it: the table that the server, both clients and the page are tested with."""

from pathlib import Path
from unicodedata import normalize

import msgspec


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """What is typed is one of these: a command with this word, said so, or held back since it looks like a secret."""

    typed: str
    command: str = ""
    say: str = ""
    held: bool = False
    why: str = ""

    @property
    def name(self) -> str:
        """Which command the word is, in whatever letters."""
        return normalize("NFKC", self.command).casefold()


CASES = msgspec.json.decode((Path(__file__).parent / "corpus" / "commands.json").read_bytes(), type=list[Case])
