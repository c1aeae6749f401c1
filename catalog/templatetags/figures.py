"""How figures of the catalogue are written: crawls with their state."""

from django import template

from catalog.models import Crawl
from catalog.models.counts import CrawlCounts

register = template.Library()

_STATES = {
    Crawl.Status.RUNNING: ("accent", "↻"),
    Crawl.Status.PAUSED: ("medium", "◆"),
    Crawl.Status.COMPLETED: ("pass", "✓"),
    Crawl.Status.CANCELLED: ("", "–"),
    Crawl.Status.FAILED: ("critical", "⬣"),
}


@register.filter
def tone(crawl: Crawl) -> str:
    """Return the colour of a crawl's state."""
    return _STATES[Crawl.Status(crawl.status)][0]


@register.filter
def glyph(crawl: Crawl) -> str:
    """Return the mark of a crawl's state, which says the same without colour."""
    return _STATES[Crawl.Status(crawl.status)][1]


@register.filter
def percent(counts: CrawlCounts) -> int:
    """Return how much of a crawl is done, rounded down: 100 only when nothing waits."""
    return 100 * counts.finished_files // counts.discovered if counts.discovered else 0
