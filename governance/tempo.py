"""How fast a review is decided: whoever decides in a second has not looked (rubber-stamping)."""

from typing import NamedTuple

from django.db import connection

from governance.models import AccessReview

# Below this many seconds between decisions, at the median, people are warned.
HASTY_SECONDS = 3.0

# Decisions of one moment were made together, and count as one.
_TEMPO = """
    SELECT count(gap), percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM (
        SELECT extract(epoch FROM decided_at - lag(decided_at) OVER (PARTITION BY decided_by_id ORDER BY decided_at))
            AS gap
        FROM (SELECT DISTINCT decided_by_id, decided_at FROM governance_reviewrow
              WHERE review_id = %s AND decided_at IS NOT NULL) AS moments) AS gaps"""


class Tempo(NamedTuple):
    """How many pauses between decisions there were, and the median of them in seconds."""

    pauses: int
    median: float | None

    @property
    def is_hasty(self) -> bool:
        return self.median is not None and self.median < HASTY_SECONDS


def tempo_of(review: AccessReview) -> Tempo:
    """Return how fast the rows of `review` were decided, person by person."""
    with connection.cursor() as cursor:
        cursor.execute(_TEMPO, [review.pk])
        pauses, median = cursor.fetchone()
    return Tempo(pauses, None if median is None else float(median))
