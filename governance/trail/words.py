"""What happened, in people's words: a name for every event, its group, and for every outcome and way in."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.audit.events import Event, Outcome
from governance.audit.origin import Channel

GROUPS: tuple[tuple[Promise, Mapping[Event, Promise]], ...] = (
    (
        _("Signing in"),
        {
            Event.SIGNED_IN: _("Signed in"),
            Event.SIGNED_OUT: _("Signed out"),
            Event.SIGN_IN_FAILED: _("Sign-in failed"),
            Event.LOCKED_OUT: _("Locked out after failures"),
            Event.SESSION_EXPIRED: _("Session expired"),
            Event.SESSIONS_ENDED: _("Sessions ended"),
            Event.TOKEN_REFUSED: _("Token refused"),
            Event.TOKEN_ISSUED: _("Token issued"),
            Event.TOKEN_REVOKED: _("Token revoked"),
            Event.PASSWORD_CHANGED: _("Password changed"),
            Event.SECOND_FACTOR_ADDED: _("Second factor added"),
            Event.SECOND_FACTOR_REMOVED: _("Second factor removed"),
            Event.SECOND_FACTOR_RESET: _("Second factor reset by another"),
        },
    ),
    (
        _("People"),
        {
            Event.USER_CREATED: _("Account created"),
            Event.USER_CHANGED: _("Account changed"),
            Event.ANSWERABLE_CHANGED: _("Service account handed over"),
            Event.USER_DEACTIVATED: _("Account deactivated"),
            Event.USER_ACTIVATED: _("Account activated"),
            Event.USER_INVITED: _("Person invited"),
            Event.INVITATION_ACCEPTED: _("Invitation accepted"),
            Event.INVITATION_WITHDRAWN: _("Invitation withdrawn"),
            Event.GROUP_CHANGED: _("Group changed"),
        },
    ),
    (
        _("Access"),
        {
            Event.ACCESS_REFUSED: _("Access refused"),
            Event.ACCESS_VIEWED: _("Who may do what viewed"),
            Event.ROLE_CHANGED: _("Role changed"),
            Event.GRANT_GIVEN: _("Access given"),
            Event.GRANT_CHANGED: _("Access changed"),
            Event.GRANT_REVOKED: _("Access revoked"),
            Event.GRANT_EXPIRED: _("Access expired"),
            Event.GRANTS_REPAIRED: _("Stored permissions repaired"),
            Event.REQUEST_MADE: _("Access requested"),
            Event.REQUEST_APPROVED: _("Request approved"),
            Event.REQUEST_DENIED: _("Request denied"),
            Event.REQUEST_WITHDRAWN: _("Request withdrawn"),
            Event.REVIEW_STARTED: _("Access review started"),
            Event.REVIEW_DECIDED: _("Access review: row decided"),
            Event.REVIEW_CLOSED: _("Access review closed"),
            Event.BREAK_GLASS_USED: _("Glass broken"),
            Event.COLLECTION_CREATED: _("Collection created"),
            Event.COLLECTION_CHANGED: _("Collection changed"),
        },
    ),
    (
        _("Identifying values"),
        {
            Event.LENS_OPENED: _("Lens opened"),
            Event.LENS_CLOSED: _("Lens closed"),
            Event.PHI_VIEWED: _("Identifying values viewed"),
        },
    ),
    (
        _("Catalogue"),
        {
            Event.STUDIES_LISTED: _("List viewed"),
            Event.CATALOG_SEARCHED: _("Catalogue searched"),
            Event.OBJECT_VIEWED: _("Object viewed"),
            Event.EXPORTED: _("List exported"),
            Event.SOURCE_ADDED: _("Source added"),
            Event.SOURCE_CHANGED: _("Source changed"),
            Event.CRAWL_STARTED: _("Crawl started"),
            Event.CRAWL_CONTROLLED: _("Crawl paused, resumed or cancelled"),
            Event.CRAWL_ENDED: _("Crawl ended"),
            Event.QUARANTINE_RETRIED: _("Quarantine read again"),
        },
    ),
    (
        _("Trail and installation"),
        {
            Event.AUDIT_READ: _("Audit trail read"),
            Event.AUDIT_EXPORTED: _("Audit trail exported"),
            Event.AUDIT_VERIFIED: _("Audit trail verified"),
            Event.AUDIT_ANCHORED: _("Audit trail anchored"),
            Event.AUDIT_GAP_FOUND: _("Gap in the audit trail found"),
            Event.CONFIGURATION_CHANGED: _("Configuration changed"),
            Event.SECRETS_ROTATED: _("Secrets rotated"),
            Event.APPLICATION_STARTED: _("Application started"),
            Event.APPLICATION_STOPPED: _("Application stopped"),
        },
    ),
)
_EVENTS: Mapping[str, Promise] = {
    event.value: said for _group, events in GROUPS for event, said in events.items()
}
OUTCOMES: Mapping[str, Promise] = {
    Outcome.SUCCESS.value: _("Success"),
    Outcome.REFUSED.value: _("Refused"),
    Outcome.FAILED.value: _("Failed"),
    Outcome.BROKEN.value: _("Broken"),
}
CHANNELS: Mapping[str, Promise] = {
    Channel.WEB.value: _("Web"),
    Channel.API.value: _("API"),
    Channel.COMMAND.value: _("Command"),
    Channel.TASK.value: _("Task"),
}


def name_of(event: str) -> str | Promise:
    """Return what an event is called; of one that is not known here, its own name."""
    return _EVENTS.get(event, event)
