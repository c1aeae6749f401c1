"""The anchors that the settings name."""

from pathlib import Path

from django.conf import settings

from governance.anchors.anchor import Anchor, Unavailable
from governance.anchors.file import FileAnchor
from governance.anchors.s3 import S3Anchor
from governance.anchors.timestamps import TimestampAnchor


def configured_anchors() -> list[Anchor]:
    """Return every anchor of this installation. Raises Unavailable where the settings do not fit together."""
    anchors: list[Anchor] = []
    if settings.AUDIT_ANCHORS:
        anchors.append(FileAnchor(Path(settings.AUDIT_ANCHORS)))
    if settings.AUDIT_S3_BUCKET:
        anchors.append(
            S3Anchor(
                settings.AUDIT_S3_BUCKET,
                settings.AUDIT_ORIGIN,
                retention_days=settings.AUDIT_S3_RETENTION_DAYS,
                endpoint=settings.AUDIT_S3_ENDPOINT,
            )
        )
    if (stamps := configured_timestamps()) is not None:
        anchors.append(stamps)
    return anchors


def configured_timestamps() -> TimestampAnchor | None:
    """Return the anchor of time-stamp tokens, if there is one. Raises Unavailable."""
    if not settings.AUDIT_TSA_URL:
        return None
    if not settings.AUDIT_TSA_CERTIFICATE:
        raise Unavailable("ISOCENTER_AUDIT_TSA_CERTIFICATE must hold the time-stamp authority's root (PEM).")
    return TimestampAnchor(
        settings.AUDIT_TSA_URL, settings.AUDIT_TSA_CERTIFICATE, Path(settings.AUDIT_TSA_TOKENS)
    )
