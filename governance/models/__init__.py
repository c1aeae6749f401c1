"""People, the tokens their programs use, the Collections that access is scoped to, and who did what."""

from governance.models.audit import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.models.collections import Collection, PrivacyClaim
from governance.models.people import User
from governance.models.tokens import ApiToken, ApiTokenQuerySet

__all__ = [
    "ApiToken",
    "ApiTokenQuerySet",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditLeaf",
    "Collection",
    "PrivacyClaim",
    "User",
]
