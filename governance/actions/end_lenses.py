"""Write down of lenses whose time is over that they closed."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from governance.actions.close_lens import ClosedBy, closing_of
from governance.actions.record import record_many
from governance.models import Lens

# What one transaction writes down at most.
BATCH = 5000


@transaction.atomic
def end_lenses(*, batch: int = BATCH) -> int:
    """Record of each lens that ran out that it closed, with the moment at which it did, and return how many that were.

    Nothing depends on its being prompt: a lens shows nothing from its end on. That it was written down is what
    `closed_at` says, set in the same transaction as the event: killed at any moment, each lens is told of once. Lenses that
    another run is about are left to it.
    """
    due = Lens.objects.run_out_at(timezone.now()).order_by("closes_at", "pk")
    lenses = list(due.select_related("collection").select_for_update(of=("self",), skip_locked=True)[:batch])
    if lenses:
        Lens.objects.filter(pk__in=[lens.pk for lens in lenses]).update(closed_at=F("closes_at"))
        record_many(closing_of(lens, lens.closes_at, ClosedBy.RAN_OUT, None) for lens in lenses)
    return len(lenses)
