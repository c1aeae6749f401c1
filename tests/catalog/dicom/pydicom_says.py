"""What pydicom says of a file, through its public interface alone: the other side of the differential."""

import hashlib
import math
import warnings
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.dataelem import RawDataElement

BINARY = {"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW"}
ERROR = object()


def pydicom_says(data: bytes, *, force: bool = False) -> dict:
    """Every element up to the pixel data, in the form that headers are kept in; ERROR where it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(BytesIO(data), stop_before_pixels=True, force=force)
        return {**_data_set(dataset.file_meta), **_data_set(dataset)}


def _data_set(dataset: Any) -> dict:
    return {f"{raw.tag:08X}": _element(dataset, raw) for raw in list(dataset.values())}


def _element(dataset: Any, raw: Any) -> Any:
    content = raw.value if isinstance(raw, RawDataElement) else None
    try:
        element = dataset[raw.tag]
        vr = str(element.VR)
        if vr == "SQ":
            return {"vr": "SQ", "Value": [_data_set(item) for item in element.value]}
        if content is None and isinstance(element.value, bytes):
            content = element.value
        if content and (vr in BINARY or len(content) > 1024 or isinstance(element.value, bytes)):
            return {"vr": vr, "Bulk": {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}}
        said = element.to_json_dict(None, 0)
    except Exception:
        return ERROR
    if "Value" in said:
        said["Value"] = [_number(value) for value in said["Value"]]
    return said


def _number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[repr(value)]
    return value


def same(ours: dict, said: dict) -> list[str]:
    """Where the two differ, by tags; an element that pydicom cannot decode is an Error with us."""
    differing = list(ours.keys() ^ said.keys())
    for name in ours.keys() & said.keys():
        mine, its = ours[name], said[name]
        if its is ERROR:
            if set(mine) != {"vr", "Error"}:
                differing.append(name)
        elif mine.get("vr") == "SQ" and its.get("vr") == "SQ" and len(mine["Value"]) == len(its["Value"]):
            for one, other in zip(mine["Value"], its["Value"], strict=True):
                differing += [f"{name}.{deeper}" for deeper in same(one, other)]
        elif mine != its:
            differing.append(name)
    return differing
