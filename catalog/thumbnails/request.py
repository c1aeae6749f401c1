"""What a page may show of an instance: its thumbnail, one that is being drawn, or a drawing that says why not."""

from dataclasses import dataclass
from enum import StrEnum

from catalog.dicom import reassemble
from catalog.models import Instance
from catalog.thumbnails import cache
from catalog.thumbnails.drawing import Drawn, Failure, Undrawable
from catalog.thumbnails.policy import Decision, Picture, Symbol, Way, decide, revealed
from catalog.thumbnails.symbols import svg_of
from governance.celery import app

RENDER_TASK = "catalog.tasks.render_thumbnail"


class State(StrEnum):
    """Whether there is a picture, there will be one, or there is none."""

    READY = "ready"
    PENDING = "pending"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Bytes that may be sent to whoever may see the instance, with what to say beside them.

    Send them `Cache-Control: private, no-store`. `way` says whether the picture is sharp or blurred, `reason` why;
    `may_show_face` marks slices of a head.
    """

    state: State
    content: bytes
    media_type: str
    way: Way
    reason: str
    symbol: Symbol | None = None
    may_show_face: bool = False


_FAILURES: dict[Failure, tuple[Symbol, str]] = {
    Failure.NO_DECODER: (Symbol.UNDECODABLE, "No decoder for {about}."),
    Failure.NO_PIXELS: (Symbol.DATA, "This object holds no picture."),
    Failure.DAMAGED: (Symbol.UNDECODABLE, "The picture could not be decoded."),
    Failure.TOO_LARGE: (Symbol.UNDECODABLE, "The picture is too large to be drawn."),
    Failure.TOO_SLOW: (Symbol.UNDECODABLE, "The picture took too long to be drawn."),
    Failure.CHANGED: (Symbol.GONE, "The file holds another object since it was catalogued."),
    Failure.GONE: (Symbol.GONE, "The file cannot be read now."),
    Failure.BLOCKED: (Symbol.BLOCKED, "The file may name people."),
}


def decision_for(instance: Instance, *, is_revealed: bool = False) -> Decision:
    """Return how an instance may be shown, by what the catalogue knows of it, and whether a lens reveals it."""
    header = instance.header
    decision = decide(Picture.of_header(reassemble(header.content, header.varying, instance.varying)))
    return revealed(decision) if is_revealed else decision


def request_thumbnail(instance: Instance, *, is_revealed: bool = False) -> Thumbnail:
    """Return an instance's thumbnail; when it is not drawn yet, have it drawn and return a PENDING one.

    The caller has checked that the person may see the instance, and that a lens reaches it when `is_revealed`.
    Select `header` with it.
    """
    decision = decision_for(instance, is_revealed=is_revealed)
    if decision.way not in {Way.SHOWN, Way.BLURRED}:
        return _placeholder(decision.symbol, decision.reason, decision.way)
    if instance.vanished_at is not None:
        return _placeholder(Symbol.GONE, "The file was gone at the last crawl.", decision.way)
    result = cache.stored(instance, is_revealed)
    if isinstance(result, Drawn):
        return _picture(result, decision)
    if isinstance(result, Undrawable):
        symbol, reason = _FAILURES[result.failure]
        return _placeholder(symbol, reason.format(about=result.about or "its coding"), decision.way)
    if cache.claim(instance, is_revealed):
        app.send_task(RENDER_TASK, kwargs={"instance_id": instance.pk, "is_revealed": is_revealed})
    return _placeholder(Symbol.PENDING, "The picture is being drawn.", decision.way, State.PENDING)


def _picture(drawn: Drawn, decision: Decision) -> Thumbnail:
    # The file may say more than the catalogue knew, and the picture more than either.
    reason = decision.reason if drawn.way is decision.way else drawn.reason
    return Thumbnail(
        State.READY, drawn.content, "image/webp", drawn.way, reason, may_show_face=decision.may_show_face
    )


def _placeholder(symbol: Symbol, reason: str, way: Way, state: State = State.PLACEHOLDER) -> Thumbnail:
    return Thumbnail(state, svg_of(symbol), "image/svg+xml", way, reason, symbol)
