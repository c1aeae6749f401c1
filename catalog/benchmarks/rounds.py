"""Measuring several things in turn, so that a disturbance of the machine meets them all."""

from collections.abc import Callable, Mapping
from statistics import median

Measure = Callable[[], float]


def alternate(
    measures: Mapping[str, Measure], rounds: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Call each measure once in every round, in the order given, and return what each returned."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        for name, measure in measures.items():
            value = measure()
            found[name].append(value)
            say(f"  round {number + 1} of {rounds}: {name} {value:,.1f}")
    return found


def medians(found: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each measure that was taken at all."""
    return {name: median(values) for name, values in found.items() if values}
