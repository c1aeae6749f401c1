"""The catalogue's tables; every write goes through catalog.actions."""

from catalog.models.crawls import Chunk, Crawl, CrawlProblem
from catalog.models.entities import Patient, Series, Study
from catalog.models.objects import Header, Instance, SeriesHeader
from catalog.models.outbox import DirtySeries, IndexChange, SubjectChange
from catalog.models.quarantine import Quarantine
from catalog.models.sources import Source

__all__ = [
    "Chunk",
    "Crawl",
    "CrawlProblem",
    "DirtySeries",
    "Header",
    "IndexChange",
    "Instance",
    "Patient",
    "Quarantine",
    "Series",
    "SeriesHeader",
    "Source",
    "Study",
    "SubjectChange",
]
