"""What a member is told for itself, in the words of its wire and the room's language."""

from abc import abstractmethod

from msgspec import UNSET

from ..refusals import RefusedError
from ..wires import Wire, answers
from .connection import Connection
from .costs import COUNTED, cost_of
from .house import House


class Told(Connection):
    """A connection that is answered, told what it should know, and why something is not done."""

    __slots__ = ("house", "wire")

    house: House
    wire: Wire

    @property
    @abstractmethod
    def shown(self) -> str:
        """The name that people see."""

    def answer(self, answer: answers.Answer) -> None:
        """Tell it something. A page of the log, or who is here, counts as bytes of its own: see costs."""
        if isinstance(answer, COUNTED):
            self.count_bytes(cost_of(answer))
        if data := self.wire.answer(answer):
            self.send(data, answer.seqs)

    def notice(self, code: str, detail: str = "", seconds: int = 0) -> None:
        """Tell it something that a person should read."""
        self.answer(answers.Notice(code, self.house.phrases(code, detail=detail), seconds or UNSET))

    def refuse(self, why: RefusedError, say_id: str | None = None) -> None:
        """Tell it why what it asked for was not done; and when it may ask again, if that is known."""
        self.tell_refused(why, self.house.phrases(why.phrase, detail=why.detail), say_id)

    def refuse_name(self, why: RefusedError) -> None:
        """Tell it why it can't be called so, and what it is called: by the raw wire a guest hears that nowhere else."""
        phrases = self.house.phrases
        self.tell_refused(why, phrases(why.phrase, detail=why.detail) + phrases("name-still", name=self.shown))

    def tell_refused(self, why: RefusedError, text: str, say_id: str | None = None) -> None:
        """The same, in these words."""
        data = self.wire.answer(answers.Error(why.code, text, say_id, round(why.seconds) or UNSET, why.detail or UNSET))
        self.send_behind(data)

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """The same, by the code alone."""
        self.refuse(RefusedError(code, detail), say_id)
