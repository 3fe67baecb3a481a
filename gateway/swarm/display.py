"""How far a run is, while it runs: for a terminal, and nothing elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .plan import Plan


class Display:
    """Two bars: members that are in, deliveries so far (in all that will come, where that is known)."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan = plan
        columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._members = self._progress.add_task("members", total=plan.members)
        self._deliveries = self._progress.add_task("deliveries", total=self._foreseen(), start=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, what: str, count: int) -> None:
        """See conductor.Progress."""
        if what == "members":
            self._progress.update(self._members, completed=count)
            if count == self._plan.members:
                self._progress.start_task(self._deliveries)
        elif what == "deliveries":
            self._progress.update(self._deliveries, completed=count)
        else:
            self._progress.update(self._deliveries, description="the rest")

    def _foreseen(self) -> int | None:
        plan = self._plan
        heard_by = plan.members - plan.tcp / plan.members  # a raw sender, as so many of them are, hears not its own
        if plan.messages is not None:
            return int(plan.messages * heard_by)
        return None if plan.window else int(plan.rate * plan.senders * plan.seconds * heard_by)
