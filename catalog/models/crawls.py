"""One run over a Source, the chunks it is cut into, and what stood in its way."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.columns import BYTEWISE
from catalog.models.counts import CrawlCounts, counts_of
from catalog.models.sources import Source
from governance.access import Person, scope_of
from governance.permissions import Permission


class CrawlQuerySet(models.QuerySet["Crawl"]):
    def visible_to(self, user: Person) -> "CrawlQuerySet":
        return self.filter(scope_of(user, Permission.SOURCE_READ).over("source__collection"))

    def running(self) -> "CrawlQuerySet":
        return self.filter(status=Crawl.Status.RUNNING)

    def open(self) -> "CrawlQuerySet":
        """Crawls that are not over: running, or paused."""
        return self.filter(status__in=[Crawl.Status.RUNNING, Crawl.Status.PAUSED])

    def whole_and_completed(self) -> "CrawlQuerySet":
        """Crawls after which it was known what the source holds."""
        return self.filter(status=Crawl.Status.COMPLETED, kind=Crawl.Kind.FULL)

    def latest_of_each_source(self) -> "CrawlQuerySet":
        return self.order_by("source_id", "-id").distinct("source_id")

    def without_walker(self, *, at: datetime) -> "CrawlQuerySet":
        """Crawls whose walk is not over and is not being done."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=at), walked_at__isnull=True)

    def asleep(self, *, since: datetime) -> "CrawlQuerySet":
        """Crawls that nobody has read for, or woken, since a moment."""
        return self.filter(summarised_at__lt=since, woken_at__lt=since)

    def ready_to_settle(self) -> "CrawlQuerySet":
        """Crawls of which every file has its outcome."""
        unfinished = Chunk.objects.unfinished().filter(crawl=OuterRef("pk"))
        return self.filter(~Exists(unfinished), walked_at__isnull=False)

    def lease(self, crawl_id: int, *, at: datetime, seconds: int) -> uuid.UUID | None:
        """Take the one lease under which a crawl is walked or settled; None when another worker holds it."""
        token = uuid.uuid4()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
        taken = (
            self.running()
            .filter(free, id=crawl_id)
            .update(lease=token, lease_until=at + timedelta(seconds=seconds))
        )
        return token if taken else None


class Crawl(models.Model):
    """One run over a Source; resumable; ends with counts that add up."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    class Kind(models.TextChoices):
        FULL = "full", _("Whole source")
        RETRY = "retry", _("Quarantined files again")

    source = models.ForeignKey(Source, models.CASCADE, related_name="crawls")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FULL)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Time worked on, without pauses: what rates are computed from.
    resumed_at = models.DateTimeField(default=timezone.now)
    seconds_before = models.FloatField(default=0)
    # Set when the walk has listed its last file; until then the total is not known.
    walked_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # When its rows were last brought up to date, as readers do every few seconds, and when it was last woken.
    summarised_at = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now)
    allow_empty = models.BooleanField(default=False)
    # What the source's place was when the walk began; another one in its stead is not read.
    identity = models.CharField(max_length=64, blank=True, default="")
    failure = models.TextField(blank=True, default="")

    # Totals, written once at the end; until then they are sums over the chunks (see CrawlCounts).
    discovered = models.BigIntegerField(default=0)
    catalogued = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    vanished = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    moved = models.BigIntegerField(default=0)
    catalogued_bytes = models.BigIntegerField(default=0)
    # What the tables themselves hold after the crawl, counted independently of the chunks.
    held = models.BigIntegerField(null=True, blank=True)

    objects = CrawlQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(status__in=["running", "paused"]),
                name="one_open_crawl_per_source",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["source", "-id"], name="crawl_by_source")]

    def __str__(self) -> str:
        return f"Crawl {self.pk} of {self.source}"

    @property
    def is_open(self) -> bool:
        return self.status in {Crawl.Status.RUNNING, Crawl.Status.PAUSED}

    def counts(self) -> CrawlCounts:
        """What became of its files so far; sums over the chunks while it runs."""
        return counts_of(self)


class ChunkQuerySet(models.QuerySet["Chunk"]):
    def unfinished(self) -> "ChunkQuerySet":
        return self.exclude(state=Chunk.State.DONE)

    def of_open_crawls(self) -> "ChunkQuerySet":
        return self.filter(crawl__status__in=[Crawl.Status.RUNNING, Crawl.Status.PAUSED])

    def claimable(self, *, at: datetime) -> "ChunkQuerySet":
        """Chunks of running crawls that nobody works on, or whose worker has been silent for too long."""
        free = Q(state=Chunk.State.PENDING) | Q(state=Chunk.State.RUNNING, lease_until__lt=at)
        due = Q(not_before__isnull=True) | Q(not_before__lte=at)
        return self.filter(free, due, crawl__status=Crawl.Status.RUNNING)

    @transaction.atomic
    def claim_next(self, crawl_id: int, *, at: datetime, seconds: int) -> "Chunk | None":
        """Take the crawl's next claimable chunk under a lease; None when there is none.

        The attempt number is the fence: a worker that comes back too late holds an old one and cannot finish.
        """
        claimable = self.claimable(at=at).filter(crawl_id=crawl_id).order_by("ordinal")
        chunk_id = (
            claimable.select_for_update(of=("self",), skip_locked=True).values_list("id", flat=True).first()
        )
        if chunk_id is None:
            return None
        self.filter(id=chunk_id).update(
            state=Chunk.State.RUNNING, attempt=F("attempt") + 1, lease_until=at + timedelta(seconds=seconds)
        )
        return self.without_listing().get(id=chunk_id)

    def end(self) -> None:
        """Take the chunks away from whoever works on them: what is not stored by now will not be."""
        self.unfinished().update(state=Chunk.State.PENDING, attempt=F("attempt") + 1, lease_until=None)

    def forget_listings(self) -> None:
        """Empty what chunks of a crawl that is over have listed: it has done its work, and paths may identify."""
        self.update(locators=[], sizes=[], mtimes_ns=[], inodes=[])

    def without_listing(self) -> "ChunkQuerySet":
        """Leave the listing in the database, where it is compared with what the catalogue knows."""
        return self.defer("locators", "sizes", "mtimes_ns", "inodes")


class Chunk(models.Model):
    """Up to a thousand files of one crawl: claimed by one worker, finished in one transaction.

    A chunk of the walk answers for a range of locators, `after` exclusive to `upto` inclusive (None: to the
    end), so that files which the catalogue knows but the walk did not meet there are known to have vanished.
    A chunk of deferred or retried files answers only for the files it lists.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"

    crawl = models.ForeignKey(Crawl, models.CASCADE, related_name="chunks")
    # From 0 in the walk's order; below 0 for chunks of files that another chunk handed on.
    ordinal = models.BigIntegerField()
    has_range = models.BooleanField(default=True)
    after = models.TextField(blank=True, default="", db_collation=BYTEWISE)
    upto = models.TextField(null=True, blank=True, db_collation=BYTEWISE)  # noqa: DJ001 - null is "to the end"
    # Beginnings of locators that could not be looked at: what is known there has not vanished.
    unreachable = ArrayField(models.TextField(), default=list)
    locators = ArrayField(models.TextField(), default=list)
    sizes = ArrayField(models.BigIntegerField(), default=list)
    mtimes_ns = ArrayField(models.BigIntegerField(), default=list)
    inodes = ArrayField(models.BigIntegerField(), default=list)
    listed = models.IntegerField()
    not_before = models.DateTimeField(null=True, blank=True)
    round = models.SmallIntegerField(default=0)

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Outcomes. deferred: files still being written, handed on to a later chunk that counts them.
    gone = models.IntegerField(default=0)
    deferred = models.IntegerField(default=0)
    catalogued = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    vanished = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    catalogued_bytes = models.BigIntegerField(default=0)

    objects = ChunkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["crawl", "ordinal"], name="chunk_ordinal_is_unique"),
            # Every file has exactly one outcome, or the chunk cannot be stored.
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(
                    listed=F("catalogued")
                    + F("unchanged")
                    + F("quarantined")
                    + F("vanished")
                    + F("deferred")
                    - F("gone")
                ),
                name="chunk_counts_add_up",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["crawl", "ordinal"], condition=~Q(state="done"), name="chunk_unfinished")
        ]

    def __str__(self) -> str:
        return f"Chunk {self.ordinal} of crawl {self.crawl_id}"


class CrawlProblem(models.Model):
    """A folder or link that a crawl could not look into: reported, while the rest went on."""

    crawl = models.ForeignKey(Crawl, models.CASCADE, related_name="problems")
    locator = models.TextField(db_collation=BYTEWISE)
    cause = models.CharField(max_length=40)
    detail = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["crawl", "locator"], name="problem_once_per_crawl_and_place")
        ]

    def __str__(self) -> str:
        return f"{self.cause} in crawl {self.crawl_id}"
