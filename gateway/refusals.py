"""Why somebody is refused something; and who is turned away: each time one line in the log, and one more in the metric.

The line is for programs that read logs, as fail2ban: `refused ADDRESS: REASON`, in brackets what it is about, and of a
password by which door it came. The address is one whatever way it came, and nothing that the peer sent stands before
the reason.
"""

from .addresses import plain
from .logs import fields, rationed
from .reasons import REASONS, UNSPOKEN

ABOUT_CHARACTERS = 100

PASSWORDS = ("room", "operators")
"""What a password opens."""

ASKED = "password-needed"
"""Who has given no password yet is asked for it, and refused nothing."""

COUNTED = (*UNSPOKEN, *(code for code, why in REASONS.items() if why.status and code != ASKED))
"""All that somebody is turned away for. Each is there with 0 from the start: Prometheus sees no rise in what was not
there before."""


class RefusedError(Exception):
    """What somebody asked for is not done: the `code` of why, and what it is about.

    `seconds`: when it may be asked for again; 0 if nobody knows. `phrase`: the words, if not the code's.
    """

    def __init__(self, code: str, detail: str = "", seconds: float = 0, phrase: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.phrase = phrase or code
        self.detail = detail
        self.seconds = seconds


class Refusals:
    """Tells of them. Of each reason so many lines a second are written: a flood of one hides no other."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self.passwords = dict.fromkeys(PASSWORDS, 0)

    def tell(self, host: str, reason: str, about: str = "", door: str = "") -> None:
        """Someone was turned away. `reason` is one of COUNTED, `about` may be anything; `door` is a word of ours."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        address, about = plain(host), _one_line(about)
        shown = (f" ({about})" if about else "") + (f" by {door}" if door else "")
        more = {name: text for name, text in (("about", about), ("door", door)) if text}
        extra = fields("refused", address=address, reason=reason, **more)
        rationed(f"gateway.refusals.{reason}").warning("refused %s: %s%s", address, reason, shown, extra=extra)

    def tell_guess(self, host: str, reason: str, opens: str, door: str) -> None:
        """Someone guessed at one of PASSWORDS, by this door."""
        self.passwords[opens] = self.passwords.get(opens, 0) + 1
        self.tell(host, reason, opens, door)


def _one_line(text: str) -> str:
    """As it can stand in a log: no control, no line end, nothing that turns what follows around."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:ABOUT_CHARACTERS])
