"""Who a header names: every person's name and record number in it, at any depth."""

from catalog.masking.dicom_json import Dataset, items_of, values_of
from catalog.masking.masker import Masker
from catalog.masking.registry import names_patient, numbers_order


def hiding_own_names(header: Dataset, masker: Masker) -> Masker:
    """Return a masker that hides whoever the header names, wherever else in it their names stand."""
    names: list[str] = []
    identifiers: list[str] = []
    numbers: list[str] = []
    _collect(header, names, identifiers, numbers)
    return masker.hiding(names=names, identifiers=identifiers, numbers=numbers)


def _collect(dataset: Dataset, names: list[str], identifiers: list[str], numbers: list[str]) -> None:
    for key, element in dataset.items():
        if element.get("vr") == "SQ":
            for item in items_of(element):
                _collect(item, names, identifiers, numbers)
            continue
        tag = int(key, 16)
        into = names if element.get("vr") == "PN" else identifiers if names_patient(tag) else numbers
        if into is not numbers or numbers_order(tag):
            into.extend(str(value) for value in values_of(element))
