"""Split the objects of a chunk by series, store their Headers, decoded once each, and copy the rest to a stage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import DataError, IntegrityError, connection, transaction

from catalog.actions.copying import (
    NULL,
    copy_bytes,
    copy_json,
    copy_json_text,
    copy_lines,
    copy_text,
    copy_values,
    json_text,
)
from catalog.actions.reading import Candidate, Reading, ReadObject, text_of
from catalog.dicom import (
    LONGEST_TEXT,
    Cause,
    ElementMemory,
    Facts,
    RawObject,
    SeriesSplit,
    Trailing,
    decode_varying,
    facts,
    split,
    write_header,
)
from catalog.models import Header

_HEADER_COLUMNS = ("digest", "content", "varying", *Facts._fields)

# Made once for each connection.
_STAGE = """
    DO $$ BEGIN
    IF to_regclass('pg_temp.stage_object') IS NULL THEN
        CREATE TEMPORARY TABLE stage_object ON COMMIT DELETE ROWS AS
            SELECT ''::bytea AS digest, locator, size, mtime_ns, inode, sop_instance_uid, instance_number, varying,
                   content_hash, pixel_offset, after_pixels
            FROM catalog_instance WITH NO DATA;
    END IF;
    END $$;
    TRUNCATE stage_object
"""
_OBJECT_COLUMNS = (
    "digest",
    "locator",
    "size",
    "mtime_ns",
    "inode",
    "sop_instance_uid",
    "instance_number",
    "varying",
    "content_hash",
    "pixel_offset",
    "after_pixels",
)
_STUDY_UID, _SERIES_UID, _SOP_UID, _INSTANCE_NUMBER = 0x0020000D, 0x0020000E, 0x00080018, 0x00200013
# What a patient is known by.
_PATIENT = {0x00100020: "(0010,0020) Patient ID", 0x00100021: "(0010,0021) Issuer of Patient ID"}
# What one object's values can raise; a database that is away is not among them.
_FAULTS_OF_ONE = (
    DataError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_BIGGEST = 2**63 - 1

# An object with its SOP Instance UID.
Named = tuple[str, ReadObject]
# Objects, by position, that are not stored, and why.
Refused = dict[int, tuple[Cause, str]]


@dataclass(frozen=True, slots=True)
class Staged:
    """The digests of a chunk's Headers, and of those among them that were stored for it."""

    digests: list[bytes]
    new: list[bytes]


def stage(reading: Reading) -> Staged:
    """Store the Headers of what was read, and fill the staging table with its objects.

    Objects that cannot be placed (a UID is missing) or stored are turned into failures of `reading`; the
    good ones beside them go through.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
    try:
        with transaction.atomic():
            staged, refused = _stage(reading.objects)
    except _FAULTS_OF_ONE:
        # Some value is beyond what the tables or the decoder hold. Rare, so slow is good enough: whose is it?
        reading.refuse(_refused_by_the_database(reading.objects))
        staged, refused = _stage(reading.objects)
    reading.refuse(refused)
    return staged


def _refused_by_the_database(objects: Sequence[ReadObject]) -> Refused:
    refused = {}
    for at, entry in enumerate(objects):
        try:
            with transaction.atomic():
                _stage([entry])
                transaction.set_rollback(True)
        except DataError as error:
            state = getattr(error.__cause__, "sqlstate", "")
            refused[at] = (Cause.UNSTORABLE, f"The database refused a value (SQLSTATE {state}).")
        except _FAULTS_OF_ONE as error:
            refused[at] = (Cause.CORRUPT, f"Decoding failed with {type(error).__name__}.")
    return refused


def _stage(objects: Sequence[ReadObject]) -> tuple[Staged, Refused]:
    groups, refused = _placeable(objects)
    new = _store_headers({group.header_hash: group for group, _ in groups})
    copy_lines(
        "stage_object",
        _OBJECT_COLUMNS,
        (line for group, named in groups for line in _object_lines(group, named)),
    )
    return Staged([group.header_hash for group, _ in groups], new), refused


def _store_headers(groups: Mapping[bytes, SeriesSplit]) -> list[bytes]:
    """Store the Headers that are not known yet, and return their digests.

    They go straight into their table, which costs half of what a stage would. Another worker may store one of
    them in the same moment: then this one waits, knows it, and begins again with the others. In the order
    of their digests, so that two workers never wait for each other.
    """
    memory = ElementMemory(json_text)
    lines: dict[bytes, str] = {}
    known = _known(groups)
    while True:
        new = sorted(groups.keys() - known)
        for digest in new:
            if digest not in lines:
                lines[digest] = _header_line(groups[digest], memory)
        try:
            with transaction.atomic():
                copy_lines("catalog_header", _HEADER_COLUMNS, (lines[digest] for digest in new))
        except IntegrityError:
            before, known = known, _known(groups)
            if known == before:
                raise
        else:
            return new


def _known(digests: Iterable[bytes]) -> set[bytes]:
    stored = Header.objects.filter(digest__in=list(digests)).values_list("digest", flat=True)
    return {bytes(digest) for digest in stored}


def _placeable(objects: Sequence[ReadObject]) -> tuple[list[tuple[SeriesSplit, list[Named]]], Refused]:
    """Split the objects by series; those without a place in study, series and instances are refused."""
    groups = []
    refused: Refused = {}
    for group in split([entry.object for entry in objects]):
        # Of one series, all objects name the same study and series: one look is enough.
        first = objects[group.members[0]].object
        amiss = _amiss("(0020,000D) Study", text_of(first, _STUDY_UID))
        amiss = amiss or _amiss("(0020,000E) Series", text_of(first, _SERIES_UID)) or _amiss_of_patient(first)
        named = []
        for at in group.members:
            uid = text_of(objects[at].object, _SOP_UID)
            if why := amiss or _amiss("(0008,0018) SOP", uid):
                refused[at] = why
            else:
                named.append((uid, objects[at]))
        if named:
            groups.append((group, named))
    return groups, refused


def _amiss(name: str, uid: str) -> tuple[Cause, str] | None:
    if not uid:
        return Cause.MISSING_IDENTIFIER, f"{name} Instance UID is missing or empty."
    if len(uid) > LONGEST_TEXT:
        return Cause.MISSING_IDENTIFIER, f"{name} Instance UID is longer than {LONGEST_TEXT} characters."
    return None


def _amiss_of_patient(found: RawObject) -> tuple[Cause, str] | None:
    """Cut, two identifiers could be one; and DICOM allows 64 characters."""
    for tag, name in _PATIENT.items():
        if len(text_of(found, tag)) > LONGEST_TEXT:
            return Cause.MISSING_IDENTIFIER, f"{name} is longer than {LONGEST_TEXT} bytes."
    return None


def _header_line(group: SeriesSplit, memory: ElementMemory) -> str:
    content, text = write_header(group, memory)
    digest, varying = copy_bytes(group.header_hash), copy_json(group.varying)
    return f"{digest}\t{copy_json_text(text)}\t{varying}\t{copy_values(_columns(facts(content)))}\n"


def _columns(found: Facts) -> list[str | int | bool | None]:
    """DICOM's IS is at most 32 bits (PS3.5 table 6.2-1); what files hold beyond bigint says nothing."""
    return [None if type(fact) is int and abs(fact) > _BIGGEST else fact for fact in found]


def _object_lines(group: SeriesSplit, named: list[Named]) -> list[str]:
    digest = copy_bytes(group.header_hash)
    return [_object_line(digest, group, uid, entry.file, entry.object) for uid, entry in named]


def _object_line(digest: str, group: SeriesSplit, uid: str, file: Candidate, found: RawObject) -> str:
    pixels = found.pixel_data
    return (
        f"{digest}\t{copy_text(file.locator)}\t{file.size}\t{file.mtime_ns}\t{file.inode}\t"
        f"{copy_text(uid)}\t{_whole_number(text_of(found, _INSTANCE_NUMBER))}\t"
        f"{copy_json(decode_varying(group, found))}\t{copy_bytes(found.content_hash)}\t"
        f"{NULL if pixels is None else pixels.offset}\t{_trailing(found)}\n"
    )


def _trailing(found: RawObject) -> str:
    return "" if found.trailing is Trailing.NOTHING else found.trailing.value


def _whole_number(text: str) -> str:
    """An IS as a bigint, or null: a malformed Instance Number is a matter of quality, not a reason to refuse."""
    try:
        number = int(text)
    except ValueError:
        return NULL
    return str(number) if abs(number) <= _BIGGEST else NULL
