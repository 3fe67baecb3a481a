"""Lines in panels, one above the other, as an SVG that follows the reader's light or dark preference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from math import ceil, floor, log10
from xml.sax.saxutils import escape

Points = Sequence[tuple[float, float]]

WIDTH, PANEL = 720, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 110, 30, 22
_LABEL = 14  # from one line of text to the next
_COLOURS = ("#2563eb", "#d97706", "#dc2626", "#059669", "#7c3aed", "#0891b2")

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 } .title { font-weight: 600; fill: #111 }
.grid { stroke: #8884; stroke-width: 1 } .line { fill: none; stroke-width: 1.75; stroke-linejoin: round }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .title { fill: #eee } }
""".strip()


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share a scale, each under its name. A logarithmic one shows nothing at 0."""

    title: str
    lines: Mapping[str, Points]
    is_log: bool = False


def chart(panels: Sequence[Panel], x_title: str, *, x_is_log: bool = False) -> str:
    """All panels over one x axis, whose title stands below the last."""
    xs = [x for panel in panels for points in panel.lines.values() for x, _ in points]
    x_ticks = _ticks(xs, is_log=x_is_log)
    height = len(panels) * PANEL + _LABEL + 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f"<style>{_STYLE}</style>",
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, number * PANEL, x_ticks, x_is_log)
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts += [_text(middle, height - 6, x_title, "middle"), "</svg>", ""]
    return "\n".join(parts)


def _panel(panel: Panel, top: float, x_ticks: Sequence[float], x_is_log: bool) -> list[str]:
    low, high = top + PANEL - _BOTTOM, top + _TOP
    y_ticks = _ticks([y for points in panel.lines.values() for _, y in points], is_log=panel.is_log)
    x_of = _scale(x_ticks, _LEFT, WIDTH - _RIGHT, x_is_log)
    y_of = _scale(y_ticks, low, high, panel.is_log)
    parts = [_text(_LEFT, top + 16, panel.title, "start", "title")]
    for tick in y_ticks:
        y = y_of(tick)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(_text(_LEFT - 6, y + 4, _short(tick), "end"))
    parts += [_text(x_of(tick), low + 16, _short(tick), "middle") for tick in x_ticks]
    ends: list[tuple[float, str, str]] = []
    for colour, (name, points) in zip(_COLOURS, panel.lines.items(), strict=False):
        shown = [(x_of(x), y_of(y)) for x, y in points if y > 0 or not panel.is_log]
        if shown:
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in shown)
            parts.append(f'<path class="line" stroke="{colour}" d="M{path}"/>')
            ends.append((shown[-1][1], name, colour))
    return parts + _labels(ends)


def _labels(ends: Sequence[tuple[float, str, str]]) -> list[str]:
    """Each line's name at its end, moved down where another one stands."""
    parts = []
    free = 0.0
    for wanted, name, colour in sorted(ends):
        y = max(wanted + 4, free)
        free = y + _LABEL
        parts.append(_text(WIDTH - _RIGHT + 8, y, name, "start", fill=colour))
    return parts


def _scale(ticks: Sequence[float], start: float, end: float, is_log: bool) -> Callable[[float], float]:
    def place(value: float) -> float:
        return log10(max(value, ticks[0])) if is_log else value

    low, high = place(ticks[0]), place(ticks[-1])
    return lambda value: start + (place(value) - low) / (high - low) * (end - start)


def _ticks(values: Sequence[float], *, is_log: bool) -> list[float]:
    """Round numbers from at or below the least to at or above the greatest; two at least."""
    if is_log:
        known = [value for value in values if value > 0] or [1.0]
        low, high = floor(log10(min(known))), ceil(log10(max(known)))
        return [10.0**power for power in range(low, max(high, low + 1) + 1)]
    most = max([*values, 1e-9])
    power = 10.0 ** floor(log10(most / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= most)
    below = list(takewhile(lambda tick: tick < most, (number * step for number in count())))
    return [*below, len(below) * step]


def _short(value: float) -> str:
    """A number in few characters: 1.5k, 20M."""
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{mark}"
    return f"{value:g}"


def _text(x: float, y: float, text: str, anchor: str, style: str = "", fill: str = "") -> str:
    more = (f' class="{style}"' if style else "") + (f' style="fill:{fill}"' if fill else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'
