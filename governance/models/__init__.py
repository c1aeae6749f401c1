"""People, the tokens their programs use, the Collections that access is scoped to, who may do what, and who did."""

from governance.models.access import AccessRequest, BreakGlass, Grant, GrantQuerySet, LegalBasis, Role
from governance.models.audit import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.models.collections import Collection, PrivacyClaim
from governance.models.invitations import Invitation
from governance.models.lens import Lens, Purpose
from governance.models.people import User
from governance.models.reviews import AccessReview, ReviewRow
from governance.models.sessions import Session
from governance.models.tokens import ApiToken, ApiTokenQuerySet

__all__ = [
    "AccessRequest",
    "AccessReview",
    "ApiToken",
    "ApiTokenQuerySet",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditLeaf",
    "BreakGlass",
    "Collection",
    "Grant",
    "GrantQuerySet",
    "Invitation",
    "LegalBasis",
    "Lens",
    "PrivacyClaim",
    "Purpose",
    "ReviewRow",
    "Role",
    "Session",
    "User",
]
