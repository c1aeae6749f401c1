"""Which study plays which part: hosts of faults, of hidden PHI, of burned-in text."""

from collections import Counter
from collections.abc import Callable, Sequence

from catalog.synthesis import carriers
from catalog.synthesis.assign import Row, assign
from catalog.synthesis.draft import Study
from catalog.synthesis.faults import Faults
from catalog.synthesis.hide import hide, hosts, stamp
from catalog.synthesis.plan import Visit
from catalog.synthesis.tables import table
from catalog.synthesis.words import Neighbour

Allowed = Callable[[Row, Visit], bool]


def _anything(_row: Row, _visit: Visit) -> bool:
    return True


class Roles:
    """Assigns all tables to the planned studies, and plays them."""

    def __init__(self, planned: Sequence[Visit], seed: int, faults: Faults) -> None:
        self._faults = faults
        self._burden: Counter[int] = Counter()
        self._special = self._cast(
            planned, seed, "special faults", table("faults")["special"], faults.allowed
        )
        self._wrong = self._cast(planned, seed, "wrong values", table("faults")["values"], faults.allowed)
        self._hidden = self._cast(planned, seed, "plants", table("plants")["plants"], _anything)
        self._negative = self._cast(planned, seed, "negatives", table("negatives")["negatives"], _anything)
        self._burned = self._cast(planned, seed, "burns", table("burns")["burns"], self._whole)
        self._carried = self._cast(planned, seed, "carriers", carriers.rows(), self._carries)

    def break_it(self, study: Study, neighbour: Neighbour) -> None:
        """Plant the faults of this study."""
        for row in [*self._special.get(study.visit.index, ()), *self._wrong.get(study.visit.index, ())]:
            self._faults.apply(study, row, neighbour)

    def hide_in(self, study: Study, neighbour: Neighbour) -> None:
        """Plant the PHI and the negatives of this study."""
        index = study.visit.index
        for row in [*self._negative.get(index, ()), *self._hidden.get(index, ())]:
            hide(study, row, neighbour)
        for row in self._burned.get(index, ()):
            stamp(study, row, neighbour)
        for row in self._carried.get(index, ()):
            carriers.carry(study, hosts(study, row, "carry")[0], str(row["carrier"]))

    def cast(self, index: int) -> list[Row]:
        """All rows that the study with this index hosts."""
        parts = (self._special, self._wrong, self._hidden, self._negative, self._burned, self._carried)
        return [row for part in parts for row in part.get(index, ())]

    def _cast(
        self, planned: Sequence[Visit], seed: int, name: str, rows: Sequence[Row], allowed: Allowed
    ) -> dict[int, list[Row]]:
        hosted = assign(rows, planned, seed, name, allowed, self._burden)
        return {index: [rows[number] for number in numbers] for index, numbers in hosted.items()}

    def _whole(self, _row: Row, visit: Visit) -> bool:
        """Studies whose bytes no fault has touched: two oddities in one file would hide each other."""
        return visit.index not in self._special

    def _carries(self, row: Row, visit: Visit) -> bool:
        return self._whole(row, visit) and carriers.fits(row["case"], visit)
