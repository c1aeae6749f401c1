"""Hide PHI where the standard does not expect it, and put beside it what only looks like PHI."""

from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset

from catalog.synthesis.assign import Row, matches
from catalog.synthesis.burn import Style, burn
from catalog.synthesis.chance import chance
from catalog.synthesis.draft import Plant, Series, Study
from catalog.synthesis.paths import find, place, text
from catalog.synthesis.private import csa, csa_fields
from catalog.synthesis.words import Neighbour, words


def hosts(study: Study, row: Row, name: str) -> list[Series]:
    """The series that a row goes to: all of the study, or one that fits."""
    if row.get("scope") == "study":
        return study.series
    specs = study.visit.recipe["series"]
    fitting = [s for s, spec in zip(study.series, specs, strict=True) if matches(row, spec, study.visit)]
    return [
        chance(
            study.visit.seed, name, study.visit.index, row["case"] if "case" in row else row["rule"]
        ).choice(fitting)
    ]


def hide(study: Study, row: Row, neighbour: Neighbour) -> None:
    """Write a row of plants.json or negatives.json into its study and note it."""
    for series in hosts(study, row, "hide"):
        filled = words(study.visit, str(series.shared.get("SeriesDescription", "")), neighbour)
        value = row["value"].format_map(filled)
        token = row.get("token", row["value"]).format_map(filled)
        number = len(series.instances) // 2 if row["scope"] == "instance" else None
        target = series.shared if number is None else series.instances[number].own
        path = place(target, row["path"], _stored(row, value, target), row.get("vr"))
        element = find(target, path)
        stored = text(element) if element is not None and element.VR not in ("OB", "UN") else value
        hard, carrier = bool(row.get("hard")), "private" if int(path[-8:-4], 16) % 2 else "element"
        vr = element.VR if element is not None else ""
        series.plants.append(
            Plant(path, carrier, vr, row.get("class", ""), stored, token, hard, row["case"], number)
        )


def stamp(study: Study, row: Row, neighbour: Neighbour) -> None:
    """Burn a row of burns.json into one instance of its study and note it."""
    series = hosts(study, row, "burn")[0]
    number = _unwritten(series)
    if number is None:
        return
    instance = series.instances[number]
    content = row["lines"].format_map(words(study.visit, "", neighbour))
    limit = 2**series.shared.BitsStored - 1
    frame = row.get("frame", 0)
    box = burn(instance.pictures[frame], content, Style(**row["style"]), limit)
    where: dict[str, Any] = {"bbox": box, "frame": frame, "variant": row["variant"]}
    negative = isinstance(row["case"], str)
    identifier, token = ("", content) if negative else ("A", study.visit.patient.family)
    plant = Plant(
        "7FE00010",
        "pixels",
        "",
        identifier,
        content,
        token,
        bool(row.get("hard")),
        row["case"],
        number,
        where,
    )
    series.plants.append(plant)


def _unwritten(series: Series) -> int | None:
    """The number of a picture without text, from the middle on; two texts would spoil each other."""
    written = {plant.instance for plant in series.plants if plant.carrier == "pixels"}
    middle = len(series.instances) // 2
    order = [*range(middle, len(series.instances)), *range(middle)]
    return next((n for n in order if series.instances[n].pictures and n not in written), None)


def _stored(row: Row, value: str, target: Dataset) -> object:
    """The value as the element takes it: appended to its values, inside a CSA blob, as bytes, or as text."""
    if row.get("append"):
        return [*target[row["path"]].value, value]
    if row.get("blob"):
        fields: Mapping[str, str] = csa_fields(row["blob"], {"csa_name": value})
        return csa(fields)
    if row.get("vr") == "SL":
        return int(value)
    return value.encode("latin-1") if row.get("vr") == "UN" else value
