"""Crawl a folder, or every source, in the foreground."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console

from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import pause_crawl, resume_crawl, start_crawl
from catalog.actions.refusals import Refused
from catalog.crawl_progress import Outcome, watch
from catalog.models import Crawl, Source
from governance.actions import refusals
from governance.actions.create_collection import create_collection
from governance.command import GovernedCommand
from governance.models import Collection, User
from governance.permissions import Permission
from governance.workers import NobodyWorks, workers_for_a_while


class Command(GovernedCommand):
    help = "Crawl a folder into the catalogue, with a progress bar, and report the counts."
    permission = Permission.CRAWL_CONTROL

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", help="the folder; connected as a source when it is not yet one"
        )
        parser.add_argument(
            "--collection", default="Unsorted", help="the collection of a new source (default: %(default)s)"
        )
        parser.add_argument(
            "--name",
            help="the name of a new source (default: the collection's); not a patient's: names are shown",
        )
        parser.add_argument("--all", action="store_true", help="crawl every source")
        parser.add_argument(
            "--allow-empty", action="store_true", help="believe that a source without any file was emptied"
        )
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")

    def place(self, options: Mapping[str, Any]) -> Collection | None:
        if options["all"] or not options["path"]:
            return None
        known = _known(options["path"])
        return known.collection if known else Collection.objects.filter(name=options["collection"]).first()

    def handle(self, **options: Any) -> None:
        console = Console(stderr=True)
        try:
            sources = self._sources(options)
            with workers_for_a_while():
                crawls = [
                    _begin(source, self.acting, allow_empty=options["allow_empty"]) for source in sources
                ]
                outcome = _watch_or_pause(crawls, self.acting, console)
        except (Refused, refusals.Refused) as refusal:
            raise CommandError(str(refusal)) from refusal
        except NobodyWorks as nobody:
            raise CommandError(
                "No worker answers. Start the worker service, then run the same command again."
            ) from nobody
        self._report(outcome, as_json=options["json"])
        if outcome.status != Crawl.Status.COMPLETED:
            reasons = " ".join(crawl.failure for crawl in outcome.crawls if crawl.failure)
            raise CommandError(f"The crawl is {outcome.status}. {reasons} The same command resumes it.")

    def _sources(self, options: dict[str, Any]) -> list[Source]:
        if options["all"]:
            return list(Source.objects.select_related("collection"))
        if not options["path"]:
            raise CommandError("Name a folder, or say --all.")
        return [_known(options["path"]) or self._new_source(os.path.realpath(options["path"]), options)]

    def _new_source(self, location: str, options: dict[str, Any]) -> Source:
        known = Collection.objects.filter(name=options["collection"]).first()
        collection = known or create_collection(options["collection"], actor=self.acting)
        # Not the folder's own name: that may be a patient's, and sources are shown by name.
        name = options["name"] or collection.name
        return add_source(collection, name=name, location=location, actor=self.acting)

    def _report(self, outcome: Outcome, *, as_json: bool) -> None:
        counts = outcome.as_json()
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        for name, value in counts.items():
            self.stdout.write(f"{name.replace('_', ' '):>12}  {value}")


def _known(path: str) -> Source | None:
    """Return the source that a folder is connected as."""
    folders = Source.objects.filter(kind=Source.Kind.FOLDER).select_related("collection")
    return folders.filter(location=os.path.realpath(path)).first()


def _begin(source: Source, actor: User | None, *, allow_empty: bool) -> Crawl:
    """Start a crawl, or go on with the one that was paused or left running."""
    left = Crawl.objects.filter(
        source=source, kind=Crawl.Kind.FULL, status__in=[Crawl.Status.RUNNING, Crawl.Status.PAUSED]
    ).first()
    if left is None:
        return start_crawl(source, actor=actor, allow_empty=allow_empty)
    if left.status == Crawl.Status.PAUSED:
        resume_crawl(left, actor=actor)
    return left


def _watch_or_pause(crawls: list[Crawl], actor: User | None, console: Console) -> Outcome:
    try:
        return watch(crawls, console)
    except KeyboardInterrupt:
        for crawl in Crawl.objects.running().filter(id__in=[crawl.pk for crawl in crawls]):
            pause_crawl(crawl, actor=actor)
        return watch(crawls, console)
