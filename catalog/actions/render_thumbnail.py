"""Draw an instance's thumbnail into the cache."""

from catalog.actions.confinement import real_root
from catalog.models import Instance
from catalog.sources import SourceUnreachable
from catalog.thumbnails import cache
from catalog.thumbnails.drawing import Failure, Undrawable
from catalog.thumbnails.job import Job
from catalog.thumbnails.policy import Way
from catalog.thumbnails.request import decision_for
from catalog.thumbnails.studio import studio


def render_thumbnail(instance_id: int, *, is_revealed: bool = False) -> None:
    """Draw an instance unless it is drawn, gone, or of a class that is not shown; safe to run twice.

    Raises NobodyDraws when the drawing process cannot be had.
    """
    instance = Instance.objects.held().select_related("header", "source").filter(pk=instance_id).first()
    if instance is None or cache.stored(instance, is_revealed) is not None:
        return
    decision = decision_for(instance, is_revealed=is_revealed)
    if decision.way not in {Way.SHOWN, Way.BLURRED}:
        return
    source = instance.source
    try:
        root = real_root(source.location)
    except SourceUnreachable:
        cache.store(instance, Undrawable(Failure.GONE), is_revealed)
        return
    job = Job(
        source.kind, root, instance.locator, instance.sop_instance_uid, decision.way, is_revealed=is_revealed
    )
    cache.store(instance, studio().draw(job), is_revealed)
