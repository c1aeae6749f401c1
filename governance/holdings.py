"""How much each Collection holds: the catalogue says at its start how to count, so that nothing here imports it."""

from collections.abc import Callable, Mapping
from collections.abc import Collection as Container

Counter = Callable[[Container[int]], Mapping[int, int]]

_counters: list[Counter] = []


def count_studies_with(counter: Counter) -> None:
    """Have `counter` say how many studies each of some Collections holds."""
    _counters.append(counter)


def studies_in(collection_ids: Container[int]) -> dict[int, int]:
    """Return how many studies each of these Collections holds, 0 for one that is empty."""
    counted = dict.fromkeys(collection_ids, 0)
    for counter in _counters:
        counted |= counter(collection_ids)
    return counted
