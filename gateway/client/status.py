"""The line below and the terminal's title: how it is, in as much room as there is."""

from prompt_toolkit.utils import get_cwidth

from .folding import cut
from .screen import label_of
from .session import Session


def status(session: Session, columns: int) -> str:
    """How it is, in so many columns: what matters least is left out first.

    A line that is wider would be broken in two by a terminal that gets narrower, and push others away.
    """
    name, state = label_of(session.label) or "a guest", "connected" if session.is_in else "connecting …"
    here = f"{session.members} here" if session.members and session.is_in else ""
    lag = f"lag {session.ledger.lag * 1000:.0f} ms" if session.ledger.lag is not None and session.is_in else ""
    where = f"{session.address}"
    for parts in ((name, where, here, state, lag), (name, where, here, state), (name, here, state), (name, state)):
        text = " · ".join(part for part in parts if part)
        if get_cwidth(text) <= columns:
            return text
    return cut(state, columns)


def title(session: Session, unread: int) -> str:
    """The room, and how much was said in it since a key was pressed."""
    where = label_of(session.title) or session.address.path or f"{session.address.host}:{session.address.port}"
    return f"({unread}) {where}" if unread else where
