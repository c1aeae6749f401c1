"""Which study hosts which plant, fault or burned-in text."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalog.synthesis.chance import chance
from catalog.synthesis.plan import Visit

Row = Mapping[str, Any]
# One host in so many studies that could be one: faults stay the exception, whatever the size.
STUDIES_PER_HOST = 30


def matches(row: Row, spec: Row, visit: Visit) -> bool:
    """Whether a series may host a row: by modality or kind, or by the maker or the syntax of its scanner."""
    marks = {"*", spec["modality"], spec["kind"]}
    if spec["kind"] == "image":
        marks |= {str(visit.device["private"]).split("_")[0], visit.device["syntax"]}
    return not marks.isdisjoint(row["in"]) and spec["key"] in row.get("series", (spec["key"],))


def assign(
    rows: Sequence[Row],
    visits: Sequence[Visit],
    seed: int,
    name: str,
    allowed: Callable[[Row, Visit], bool],
    burden: Counter[int],
) -> dict[int, list[int]]:
    """Return the numbers of the rows that each study (by index) hosts.

    `burden` counts what each study hosts already; it is added to, and rows go where it is least.
    """
    hosted: defaultdict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        eligible = [visit for visit in visits if allowed(row, visit) and _has_place(row, visit)]
        chance(seed, "assign", name, number).shuffle(eligible)
        eligible.sort(key=lambda visit: burden[visit.index])
        for visit in eligible[: 1 + len(eligible) // STUDIES_PER_HOST]:
            hosted[visit.index].append(number)
            burden[visit.index] += 1
    return hosted


def _has_place(row: Row, visit: Visit) -> bool:
    return any(matches(row, spec, visit) for spec in visit.recipe["series"])
