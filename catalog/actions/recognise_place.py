"""Tell a source's place from the empty folder that an unmounted disk leaves behind."""

from itertools import chain

from catalog.models import Instance, Source
from catalog.sources import Place

# How many known files are looked for, of the first and of the last each.
_SAMPLE = 50


def recognise_place(source: Source, place: Place, *, allow_empty: bool = False) -> str:
    """Return the place's identity; raises SourceUnreachable when it is another place than before.

    A disk that is mounted again may bear another number: it is known by its files. With `allow_empty` the
    person who asked says that the place is the right one.
    """
    identity = place.identity()
    if not allow_empty and source.identity not in {"", identity} and not _holds_known_files(source, place):
        place.check(source.identity)
    return identity


def _holds_known_files(source: Source, place: Place) -> bool:
    held = Instance.objects.filter(source=source).held()
    samples = (
        held.order_by(order).values_list("locator", flat=True)[:_SAMPLE] for order in ("locator", "-locator")
    )
    known = list(chain.from_iterable(samples))
    return not known or any(_is_there(place, locator) for locator in known)


def _is_there(place: Place, locator: str) -> bool:
    try:
        place.look(locator)
    except OSError:
        return False
    return True
