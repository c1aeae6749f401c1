"""Connect a place, after a look at what it holds."""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.actions.confinement import real_root
from catalog.actions.reading import text_of
from catalog.actions.refusals import Refused
from catalog.dicom import Unreadable, read_object
from catalog.models import Source
from catalog.sources import Listed, Place, SourceUnreachable, open_place
from governance.access import require
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, User
from governance.permissions import Permission

PREVIEWED_FILES = 20
SOP_CLASS_UID = 0x00080016


@dataclass(frozen=True, slots=True)
class PreviewedFile:
    """One file of a place that is not a Source yet: whether it can be read, never who it is about."""

    locator: str
    size: int
    readable: bool
    sop_class_uid: str
    transfer_syntax_uid: str
    cause: str


def preview_source(location: str, *, actor: User, collection: Collection) -> list[PreviewedFile]:
    """Read the first files of a place, so that somebody can see before the import that it is the right one."""
    require(actor, Permission.SOURCE_MANAGE, collection)
    place = _place(location)
    found = (entry for entry in place.walk() if isinstance(entry, Listed))
    try:
        return [_preview(place, entry) for entry in islice(found, PREVIEWED_FILES)]
    except SourceUnreachable as error:
        raise Refused(str(error)) from error


def add_source(collection: Collection, *, name: str, location: str, actor: User | None) -> Source:
    """Store a new folder Source of `collection`; raises Refused when it is not there, not allowed, or known.

    `actor` is None for the command line, whose user owns the installation.
    """
    if actor is not None:
        require(actor, Permission.SOURCE_MANAGE, collection)
    place = _place(location)
    root = os.path.realpath(location)
    _refuse_overlap(root)
    try:
        with transaction.atomic():
            source = Source.objects.create(
                collection=collection, name=name, location=root, identity=place.identity(), created_by=actor
            )
            record(
                Event.SOURCE_ADDED, actor=actor, collection=collection, things=(Thing("source", source.pk),)
            )
            return source
    except IntegrityError as error:
        raise Refused(
            _("This folder is connected already, as a source of this or another collection.")
        ) from error


def _refuse_overlap(root: str) -> None:
    """A folder inside another source would be counted twice, and be seen through two Collections."""
    for known in (
        Source.objects.filter(kind=Source.Kind.FOLDER).exclude(location=root).only("name", "location")
    ):
        shorter, longer = sorted((f"{root}/", f"{known.location}/"), key=len)
        if longer.startswith(shorter):
            raise Refused(
                _("This folder overlaps a source that is connected already; crawl that one instead.")
            )


def _place(location: str) -> Place:
    if not Path(location).is_absolute():
        raise Refused(_("Give the folder's full path, beginning with a slash."))
    try:
        return open_place(Source.Kind.FOLDER, real_root(location))
    except SourceUnreachable as error:
        raise Refused(str(error)) from error


def _preview(place: Place, entry: Listed) -> PreviewedFile:
    try:
        with place.open(entry.locator) as opened:
            found = read_object(opened)
    except Unreadable as error:
        return PreviewedFile(entry.locator, entry.size, False, "", "", error.cause.explanation.title)
    except OSError as error:
        return PreviewedFile(entry.locator, entry.size, False, "", "", error.strerror or "")
    return PreviewedFile(
        entry.locator, entry.size, True, text_of(found, SOP_CLASS_UID), found.transfer_syntax, ""
    )
