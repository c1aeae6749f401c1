"""From a planned visit to a study in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from catalog.synthesis.documents import dose_series as dose_report
from catalog.synthesis.documents import key_object_series, pdf_series, report_series
from catalog.synthesis.draft import Series, Study
from catalog.synthesis.enhanced import enhanced_series
from catalog.synthesis.images import image_series
from catalog.synthesis.plan import Visit
from catalog.synthesis.presentation import presentation_series
from catalog.synthesis.radiotherapy import dose_series, plan_series, structure_series
from catalog.synthesis.segmentation import segmentation_series

# A new kind of series is a function here and a row in tables/protocols.json.
KINDS: Mapping[str, Callable[[Study, Mapping[str, Any], int], Series]] = {
    "dose_sr": dose_report,
    "enhanced": enhanced_series,
    "image": image_series,
    "ko": key_object_series,
    "pdf": pdf_series,
    "pr": presentation_series,
    "report_sr": report_series,
    "rtdose": dose_series,
    "rtplan": plan_series,
    "rtstruct": structure_series,
    "seg": segmentation_series,
}


def build(visit: Visit) -> Study:
    """Make the study with all its series; derived series come after their sources."""
    study = Study(visit)
    for number, spec in enumerate(visit.recipe["series"], 1):
        study.series.append(KINDS[spec["kind"]](study, spec, number))
    return study
