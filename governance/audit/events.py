"""What the audit trail can say: every event by name, with its code of DICOM PS3.15 section A.5 and its FHIR action."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended: the EventOutcomeIndicator of PS3.15 section A.5.2.1 (0, 4, 8, 12)."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"
    BROKEN = "broken"


class Event(StrEnum):
    """What happened, as `resource.done`. A name is never used again for something else: old events keep theirs."""

    # Signing in
    SIGNED_IN = "session.signed_in"
    SIGNED_OUT = "session.signed_out"
    SIGN_IN_FAILED = "session.sign_in_failed"
    LOCKED_OUT = "session.locked_out"
    SESSION_EXPIRED = "session.expired"
    SESSIONS_ENDED = "session.ended"
    TOKEN_REFUSED = "token.refused"  # noqa: S105
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    SECOND_FACTOR_ADDED = "second_factor.added"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    SECOND_FACTOR_RESET = "second_factor.reset"
    # People
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    ANSWERABLE_CHANGED = "user.answerable_changed"
    USER_DEACTIVATED = "user.deactivated"
    USER_ACTIVATED = "user.activated"
    USER_INVITED = "user.invited"
    INVITATION_ACCEPTED = "user.invitation_accepted"
    INVITATION_WITHDRAWN = "user.invitation_withdrawn"
    GROUP_CHANGED = "group.changed"
    # Access
    ACCESS_REFUSED = "access.refused"
    ROLE_CHANGED = "role.changed"
    GRANT_GIVEN = "grant.given"
    GRANT_CHANGED = "grant.changed"
    GRANT_REVOKED = "grant.revoked"
    GRANT_EXPIRED = "grant.expired"
    GRANTS_REPAIRED = "grant.repaired"
    REQUEST_MADE = "access_request.made"
    REQUEST_APPROVED = "access_request.approved"
    REQUEST_DENIED = "access_request.denied"
    REQUEST_WITHDRAWN = "access_request.withdrawn"
    REVIEW_STARTED = "access_review.started"
    REVIEW_DECIDED = "access_review.decided"
    REVIEW_CLOSED = "access_review.closed"
    BREAK_GLASS_USED = "break_glass.used"
    # Somebody looked at what another person may do, or at the list of who may do what.
    ACCESS_VIEWED = "access.viewed"
    COLLECTION_CREATED = "collection.created"
    COLLECTION_CHANGED = "collection.changed"
    # Identifying values
    LENS_OPENED = "lens.opened"
    LENS_CLOSED = "lens.closed"
    PHI_VIEWED = "phi.viewed"
    # The catalogue
    STUDIES_LISTED = "catalog.listed"
    CATALOG_SEARCHED = "catalog.searched"
    OBJECT_VIEWED = "catalog.viewed"
    EXPORTED = "catalog.exported"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    CRAWL_STARTED = "crawl.started"
    CRAWL_CONTROLLED = "crawl.controlled"
    CRAWL_ENDED = "crawl.ended"
    QUARANTINE_RETRIED = "quarantine.retried"
    # The trail and the installation
    AUDIT_READ = "audit.read"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_ANCHORED = "audit.anchored"
    AUDIT_GAP_FOUND = "audit.gap_found"
    CONFIGURATION_CHANGED = "configuration.changed"
    SECRETS_ROTATED = "secrets.rotated"
    APPLICATION_STARTED = "application.started"
    APPLICATION_STOPPED = "application.stopped"


@dataclass(frozen=True, slots=True)
class Shape:
    """An event in the words of DICOM and FHIR.

    `code` is the EventID of PS3.15 section A.5.3 (coding scheme DCM, CID 400), `type_code` its EventTypeCode
    (CID 401) where one fits, `action` the EventActionCode: C, R, U, D or E.
    """

    code: str
    action: str
    type_code: str = ""


# DCM codes of CID 400.
_ACTIVITY, _LOG_USED, _ACCESSED, _EXPORT, _IMPORT = "110100", "110101", "110103", "110106", "110107"
_QUERY, _ALERT, _AUTHENTICATION = "110112", "110113", "110114"
# DCM codes of CID 401.
_START, _STOP, _LOGIN, _LOGOUT = "110120", "110121", "110122", "110123"
_EMERGENCY, _ROLES, _ATTRIBUTES, _CONFIGURATION = "110127", "110136", "110137", "110131"

SHAPES: dict[Event, Shape] = {
    Event.SIGNED_IN: Shape(_AUTHENTICATION, "E", _LOGIN),
    Event.SIGNED_OUT: Shape(_AUTHENTICATION, "E", _LOGOUT),
    Event.SIGN_IN_FAILED: Shape(_AUTHENTICATION, "E", _LOGIN),
    Event.LOCKED_OUT: Shape(_AUTHENTICATION, "E", _LOGIN),
    Event.SESSION_EXPIRED: Shape(_AUTHENTICATION, "E", _LOGOUT),
    Event.SESSIONS_ENDED: Shape(_AUTHENTICATION, "E", _LOGOUT),
    Event.TOKEN_REFUSED: Shape(_AUTHENTICATION, "E", _LOGIN),
    Event.LENS_OPENED: Shape(_ALERT, "E", _EMERGENCY),
    Event.LENS_CLOSED: Shape(_ALERT, "E", "110138"),
    Event.BREAK_GLASS_USED: Shape(_ALERT, "E", _EMERGENCY),
    Event.PHI_VIEWED: Shape(_ACCESSED, "R"),
    Event.OBJECT_VIEWED: Shape(_ACCESSED, "R"),
    Event.STUDIES_LISTED: Shape(_QUERY, "E"),
    Event.CATALOG_SEARCHED: Shape(_QUERY, "E"),
    Event.EXPORTED: Shape(_EXPORT, "R"),
    Event.CRAWL_STARTED: Shape(_IMPORT, "C"),
    Event.CRAWL_CONTROLLED: Shape(_IMPORT, "U"),
    Event.CRAWL_ENDED: Shape(_IMPORT, "C"),
    Event.QUARANTINE_RETRIED: Shape(_IMPORT, "C"),
    Event.AUDIT_READ: Shape(_LOG_USED, "R"),
    Event.AUDIT_EXPORTED: Shape(_LOG_USED, "R"),
    Event.AUDIT_VERIFIED: Shape(_LOG_USED, "E"),
    Event.AUDIT_ANCHORED: Shape(_LOG_USED, "E"),
    Event.AUDIT_GAP_FOUND: Shape(_ALERT, "E"),
    Event.APPLICATION_STARTED: Shape(_ACTIVITY, "E", _START),
    Event.APPLICATION_STOPPED: Shape(_ACTIVITY, "E", _STOP),
    Event.CONFIGURATION_CHANGED: Shape(_ALERT, "U", _CONFIGURATION),
    Event.SECRETS_ROTATED: Shape(_ALERT, "U", _CONFIGURATION),
    Event.SOURCE_ADDED: Shape(_ALERT, "C", _CONFIGURATION),
    Event.SOURCE_CHANGED: Shape(_ALERT, "U", _CONFIGURATION),
    Event.COLLECTION_CREATED: Shape(_ALERT, "C", _CONFIGURATION),
    Event.COLLECTION_CHANGED: Shape(_ALERT, "U", _CONFIGURATION),
    Event.ACCESS_REFUSED: Shape(_ALERT, "E"),
    Event.ACCESS_VIEWED: Shape(_ACCESSED, "R"),
    **dict.fromkeys(
        (
            Event.ROLE_CHANGED,
            Event.GRANT_GIVEN,
            Event.GRANT_CHANGED,
            Event.GRANT_REVOKED,
            Event.GRANT_EXPIRED,
            Event.GRANTS_REPAIRED,
            Event.REQUEST_MADE,
            Event.REQUEST_APPROVED,
            Event.REQUEST_DENIED,
            Event.REQUEST_WITHDRAWN,
            Event.REVIEW_STARTED,
            Event.REVIEW_DECIDED,
            Event.REVIEW_CLOSED,
        ),
        Shape(_ALERT, "U", _ROLES),
    ),
    **dict.fromkeys(
        (
            Event.TOKEN_ISSUED,
            Event.TOKEN_REVOKED,
            Event.PASSWORD_CHANGED,
            Event.SECOND_FACTOR_ADDED,
            Event.SECOND_FACTOR_REMOVED,
            Event.SECOND_FACTOR_RESET,
            Event.USER_CREATED,
            Event.USER_CHANGED,
            Event.ANSWERABLE_CHANGED,
            Event.USER_DEACTIVATED,
            Event.USER_ACTIVATED,
            Event.USER_INVITED,
            Event.INVITATION_ACCEPTED,
            Event.INVITATION_WITHDRAWN,
            Event.GROUP_CHANGED,
        ),
        Shape(_ALERT, "U", _ATTRIBUTES),
    ),
}
