"""Plots as plain SVG: places and lengths are worked out here, and a template draws them. No script, no style, no colour
that says something by itself: each plot has its figures in a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 220, 48, 28, 12
ROUND = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: what it shows, its points as SVG wants them, and its number of the legend."""

    label: Any
    points: str
    number: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it shows, how long it is, and where it stands."""

    label: Any
    value: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Plot:
    """Something to draw. `marks` are the values at the left edge and where they stand."""

    title: Any
    lines: list[Line]
    bars: list[Bar]
    marks: list[tuple[int, int]]
    ends: tuple[Any, Any]
    head: list[Any]
    rows: list[list[Any]]
    height: int = HEIGHT


def over_time(title: Any, days: Sequence[Any], series: dict[Any, list[int]]) -> Plot:
    """One line for each of the series, one point a day."""
    top = _top(max((value for values in series.values() for value in values), default=0))
    lines = [
        Line(label, " ".join(_point(at, value, len(days), top) for at, value in enumerate(values)), number)
        for number, (label, values) in enumerate(series.items(), 1)
    ]
    marks = [(value, _y(value, top)) for value in sorted({0, top // 2, top})]
    rows = [[day, *(values[at] for values in series.values())] for at, day in enumerate(days)]
    return Plot(title, lines, [], marks, (days[0], days[-1]), list(series), rows)


def side_by_side(title: Any, values: dict[Any, int]) -> Plot:
    """One bar for each value."""
    longest = max(values.values(), default=0) or 1
    bars = [
        Bar(label, value, TOP + at * 30, round(value / longest * (WIDTH - 260)))
        for at, (label, value) in enumerate(values.items())
    ]
    rows = [[label, value] for label, value in values.items()]
    return Plot(title, [], bars, [], ("", ""), [], rows, height=TOP + max(1, len(bars)) * 30)


def _point(at: int, value: int, number: int, top: int) -> str:
    x = LEFT + (WIDTH - LEFT - TOP) * at / max(1, number - 1)
    return f"{x:.1f},{_y(value, top)}"


def _y(value: int, top: int) -> int:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top)


def _top(value: int) -> int:
    """The next round number: 10, 20, 50, 100 …"""
    size = 10
    while True:
        for step in ROUND:
            if value <= step * size:
                return step * size
        size *= 10
