"""Pointing at other objects: evidence by study and series, and the sources of what was derived (PS3.3 C.17.2)."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from catalog.synthesis.draft import Instance, Series
from catalog.synthesis.fill import code, item
from catalog.synthesis.modules import reference


def evidence(study_uid: str, series: Series, instances: Sequence[Instance]) -> Dataset:
    """An item of a Current Requested Procedure Evidence Sequence: one study, one series, these objects."""
    return item(
        StudyInstanceUID=study_uid,
        ReferencedSeriesSequence=[referenced_series(series, instances, "ReferencedSOPSequence")],
    )


def referenced_series(series: Series, instances: Sequence[Instance], inner: str) -> Dataset:
    """A Referenced Series Sequence item whose objects lie in the sequence called `inner`."""
    sop_class = series.shared.SOPClassUID
    targets = [reference(sop_class, instance.sop_uid) for instance in instances]
    return item(SeriesInstanceUID=series.uid, **{inner: targets})


def source_image(series: Series, instance: Instance) -> Dataset:
    """A source image with the purpose that segmentations give."""
    target = reference(series.shared.SOPClassUID, instance.sop_uid)
    target.PurposeOfReferenceCodeSequence = [
        code("121322", "DCM", "Source image for image processing operation")
    ]
    return target
