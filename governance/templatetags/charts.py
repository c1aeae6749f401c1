"""Charts as lists of links with server-made SVG bars; each has its figures as a table behind a fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from django import template

register = template.Library()

SHOWN_BARS = 8
SHOWN_YEARS = 24
LABELLED_COLUMNS = 12


class Bar(Protocol):
    """What a chart draws."""

    label: str
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with its length in hundredths of the longest one; nothing is drawn shorter than can be seen."""

    bar: Bar
    length: int
    is_labelled: bool = True

    @property
    def rest(self) -> int:
        return 100 - self.length


def drawn(bars: Sequence[Bar], label_every: int = 1) -> list[Drawn]:
    """Scale bars to the longest one."""
    longest = max((bar.n for bar in bars), default=0) or 1
    lengths = [max(1 if bar.n else 0, round(100 * bar.n / longest)) for bar in bars]
    return [
        Drawn(bar, length, at % label_every == 0)
        for at, (bar, length) in enumerate(zip(bars, lengths, strict=True))
    ]


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(name: str, bars: Sequence[Bar], unit: object) -> dict[str, object]:
    """Draw horizontal bars, the most frequent first; those that do not fit are in the table."""
    return {
        "name": name,
        "drawn": drawn(bars[:SHOWN_BARS]),
        "bars": bars,
        "left_out": bars[SHOWN_BARS:],
        "unit": unit,
    }


@register.inclusion_tag("components/column_chart.html")
def time_chart(name: str, columns: Sequence[Drawn], unit: object) -> dict[str, object]:
    """Draw columns in time that are drawn already, the earliest first, low enough to stand above a list."""
    return {
        "name": name,
        "drawn": columns,
        "bars": [each.bar for each in columns],
        "unit": unit,
        "is_low": True,
    }


@register.inclusion_tag("components/column_chart.html")
def column_chart(name: str, bars: Sequence[Bar], unit: object) -> dict[str, object]:
    """Draw columns in time, the earliest first; `bars` come with the latest first and the undated last."""
    dated = [bar for bar in bars if bar.label.isdecimal()]
    others = [bar for bar in bars if not bar.label.isdecimal()]
    shown = [*reversed(dated[:SHOWN_YEARS]), *others]
    return {
        "name": name,
        "drawn": drawn(shown, ceil(len(shown) / LABELLED_COLUMNS) or 1),
        "bars": bars,
        "left_out": dated[SHOWN_YEARS:],
        "unit": unit,
    }
