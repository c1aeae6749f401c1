"""Much of everything in Collections that somebody may not see, as unlike what they see as can be, and as like."""

from dataclasses import dataclass
from datetime import date

from catalog.models import Chunk, Crawl, CrawlProblem, DirtySeries, SeriesHeader, Study
from governance.models import Collection, PrivacyClaim
from tests.access.holdings import Holding, furnish
from tests.factories import make_crawl, make_instance, make_quarantine, make_series, make_study

# What nothing that may be seen has; each is a value that the pages show.
MODALITY, BODY_PART, MANUFACTURER, YEAR, CAUSE = "MR", "HEAD", "SIEMENS", 1999, "not_dicom"
INSTITUTION = "Hospital of the hidden"


@dataclass(frozen=True)
class Hidden:
    """One thing of each kind, of the many."""

    held: Holding
    study: Study


def hide_much(seen: Holding) -> Hidden:
    """Fill two Collections beside the one of `seen`."""
    secret = Collection.objects.create(name="Aaa secret trial", privacy_claim=PrivacyClaim.LIMITED)
    other = Collection.objects.create(name="Zzz other secret", privacy_claim=PrivacyClaim.IDENTIFIED)
    held = furnish(secret, seen.oversight)
    study = _unlike(secret)
    _unlike(other)
    _alike(seen, held)
    _moving(held)
    return Hidden(held, study)


def _unlike(collection: Collection) -> Study:
    """Studies with values that are new to every list of values."""
    for number in range(3):
        study = make_study(
            collection,
            study_date=date(YEAR, 1, 1 + number),
            modalities=[MODALITY],
            body_parts=[BODY_PART],
            manufacturers=[MANUFACTURER],
            institution_name=INSTITUTION,
            burned_in_annotation="YES",
            identity_removed="YES",
            patient_count=2,
            instance_count=70,
            total_bytes=10**9,
        )
        make_series(study, modality=MODALITY, body_part_examined=BODY_PART, manufacturer=MANUFACTURER)
    return study


def _alike(seen: Holding, held: Holding) -> None:
    """The same patient, study, series and header as those that are seen, and one more instance of it."""
    patient, study = seen.study.patient, seen.study
    again = make_study(held.collection, study_instance_uid=study.study_instance_uid)
    type(patient).objects.filter(pk=again.patient_id).update(
        patient_id=patient.patient_id, issuer_of_patient_id=patient.issuer_of_patient_id
    )
    series = make_series(again, series_instance_uid=seen.series.series_instance_uid)
    SeriesHeader.objects.create(series=series, header=seen.instance.header, instance_count=9, total_bytes=9)
    make_instance(series, source=held.source, header=seen.instance.header)


def _moving(held: Holding) -> None:
    """A crawl at work, one that failed, what stands in its way, and what waits."""
    crawl = make_crawl(held.source, status=Crawl.Status.RUNNING, finished_at=None)
    Chunk.objects.create(crawl=crawl, ordinal=0, listed=500, state=Chunk.State.PENDING)
    CrawlProblem.objects.create(crawl=crawl, locator="Foldersecret/closed", cause="permission_denied")
    make_crawl(held.source, status=Crawl.Status.FAILED, failure="Its folder is away.")
    for _number in range(4):
        make_quarantine(held.source, cause=CAUSE)
    DirtySeries.objects.create(series=held.series)
