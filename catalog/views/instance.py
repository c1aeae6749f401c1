"""One stored object and its whole header: folded sequences, a filter, private elements, what identifies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.vary import vary_on_headers

from catalog.dicom import reassemble
from catalog.masking import Line, elements
from catalog.models import Instance
from catalog.sight import Sight, sight_of
from catalog.thumbnails.request import decision_for
from catalog.views.addresses import at_code
from catalog.views.lens import lens_address
from catalog.views.series import IN_SERIES
from governance.access import can
from governance.gate import needs
from governance.keyset import page_of
from governance.permissions import Permission

# An enhanced multi-frame header can have a hundred thousand lines; the filter finds what is not listed.
MOST_LINES = 1500


@dataclass(slots=True)
class Element:
    """One line of the viewer with what is folded into it."""

    line: Line
    children: list["Element"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the header is looked at."""

    text: str
    private: bool
    phi: bool

    @classmethod
    def of(cls, request: HttpRequest) -> "Wanted":
        # Posted by the page: what somebody looks for may be a name, and must not stay in an address or a log.
        asked = request.POST if request.method == "POST" else request.GET
        return cls(asked.get("q", "").strip()[:64], "private" in asked, "phi" in asked)

    @property
    def narrows(self) -> bool:
        return bool(self.text) or self.phi

    def takes(self, line: Line) -> bool:
        """Tell whether a line is asked for. Only what is shown is searched, so that nothing hidden can be guessed."""
        if self.phi and not line.is_identifying:
            return False
        if not self.text:
            return True
        wanted = self.text.casefold()
        digits = line.tag.strip("()").replace(",", "").casefold()
        return wanted.strip("()").replace(",", "") in digits or any(
            wanted in shown.casefold() for shown in (line.keyword, line.name, line.value, line.vr)
        )


@needs(Permission.CATALOG_READ)
@vary_on_headers("HX-Request")
def instance(request: HttpRequest, code: str) -> HttpResponse:
    """Show one instance with its header; asked by htmx, the header alone."""
    visible = Instance.objects.visible_to(request.user)
    chosen = visible.select_related("header", "source", "series__study__patient", "series__study__collection")
    row = at_code(chosen, code)
    wanted = Wanted.of(request)
    sight = sight_of(request)
    shown = sight.about(row)
    context: dict[str, Any] = {"instance": shown, "wanted": wanted, **_header(row, wanted, sight)}
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware sets it
        return render(request, "catalog/_header.html", context)
    context |= _neighbours(row, request)
    context["reveal_url"] = lens_address(request.user, row.series.study)
    context["picture"] = decision_for(row, is_revealed=sight.reveals(row))
    context["may_see_source"] = can(request.user, Permission.SOURCE_READ, row.series.study.collection)
    return render(request, "catalog/instance.html", context)


def _header(row: Instance, wanted: Wanted, sight: Sight) -> dict[str, Any]:
    whole = reassemble(row.header.content, row.header.varying, row.varying)
    lines = list(elements(whole, sight.masker_of(row)))
    kept = _kept(lines, wanted)
    return {
        "elements": _folded(kept[:MOST_LINES]),
        "shown_count": sum(not line.is_item for line in kept[:MOST_LINES]),
        "element_count": sum(not line.is_item for line in lines),
        "masked_count": sum(line.masked for line in lines),
        "private_count": sum(line.is_private for line in lines),
        "cut_count": max(0, len(kept) - MOST_LINES),
    }


def _kept(lines: list[Line], wanted: Wanted) -> list[Line]:
    """Return the lines asked for, each below the sequences and items that it lies in."""
    kept: list[Line] = []
    above: list[Line] = []
    for line in _without_private(lines) if not wanted.private else lines:
        above = [ancestor for ancestor in above if ancestor.depth < line.depth]
        if not wanted.narrows:
            kept.append(line)
        elif not line.is_item and wanted.takes(line):
            kept.extend([*above, line])
            above = []
            continue
        above.append(line)
    return kept


def _without_private(lines: list[Line]) -> Iterator[Line]:
    """Leave out private elements with all that is folded into them."""
    hidden_depth: int | None = None
    for line in lines:
        if hidden_depth is not None and line.depth > hidden_depth:
            continue
        hidden_depth = line.depth if line.is_private else None
        if not line.is_private:
            yield line


def _folded(lines: list[Line]) -> list[Element]:
    """Turn lines with depths into a tree."""
    top: list[Element] = []
    path: list[Element] = []
    for line in lines:
        element = Element(line)
        while path and path[-1].line.depth >= line.depth:
            path.pop()
        (path[-1].children if path else top).append(element)
        path.append(element)
    return top


def _neighbours(row: Instance, request: HttpRequest) -> dict[str, str]:
    """Return the codes of the instances before and after this one in its series."""
    beside = Instance.objects.visible_to(request.user).held().filter(series=row.series)
    following = page_of(beside, IN_SERIES, 1, after=row).rows
    previous = page_of(beside, IN_SERIES, 1, before=row).rows
    return {
        "following": following[0].code if following else "",
        "previous": previous[0].code if previous else "",
    }
