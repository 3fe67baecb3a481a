"""Locales other than ours, made here."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..processes import skip
from .programs import PATIENCE, need

CHARMAPS = Path("/usr/share/i18n/charmaps")


@dataclass(frozen=True, slots=True)
class Locale:
    """A locale, and what its terminals write and show. `charmap` is empty where glibc has it built in."""

    name: str
    charset: str = "utf-8"
    charmap: str = ""

    def writes(self, text: str) -> str:
        """What is left of a text in this charset."""
        return text.encode(self.charset, "replace").decode(self.charset)

    def environment(self, folder: Path) -> dict[str, str]:
        """The variables that make a program speak it. It is made in the folder, once."""
        if not self.charmap:
            return {"LC_ALL": self.name}
        if not (CHARMAPS / f"{self.charmap}.gz").exists():
            skip("the locales of Debian are not installed: make worlds installs them as root with apt-get")
        if not (folder / self.name).exists():
            source = self.name.partition(".")[0]
            command = [need("localedef"), "-i", source, "-f", self.charmap, str(folder / self.name)]
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        return {"LC_ALL": self.name, "LOCPATH": str(folder)}


UTF_8 = Locale("C.UTF-8")
C = Locale("C")  # PEP 540: Python speaks UTF-8 in these two
POSIX = Locale("POSIX")
GBK = Locale("zh_CN.GBK", "gbk", "GBK")
LATIN_1 = Locale("en_US.ISO-8859-1", "iso-8859-1", "ISO-8859-1")
ALL = (C, POSIX, GBK, LATIN_1)
