"""Which event of the audit trail is the use of which permission: by this it is known which grants nobody uses."""

from collections.abc import Mapping

from governance.audit.events import Event
from governance.permissions import Permission

EVENT_USES: Mapping[Event, Permission] = {
    Event.STUDIES_LISTED: Permission.CATALOG_READ,
    Event.CATALOG_SEARCHED: Permission.CATALOG_READ,
    Event.OBJECT_VIEWED: Permission.CATALOG_READ,
    Event.EXPORTED: Permission.CATALOG_EXPORT,
    Event.LENS_OPENED: Permission.PHI_REVEAL,
    Event.PHI_VIEWED: Permission.PHI_REVEAL,
    Event.SOURCE_ADDED: Permission.SOURCE_MANAGE,
    Event.SOURCE_CHANGED: Permission.SOURCE_MANAGE,
    Event.CRAWL_STARTED: Permission.CRAWL_CONTROL,
    Event.CRAWL_CONTROLLED: Permission.CRAWL_CONTROL,
    Event.QUARANTINE_RETRIED: Permission.QUARANTINE_RETRY,
    Event.COLLECTION_CREATED: Permission.COLLECTION_MANAGE,
    Event.COLLECTION_CHANGED: Permission.COLLECTION_MANAGE,
    Event.ACCESS_VIEWED: Permission.ACCESS_READ,
    Event.GRANT_GIVEN: Permission.ACCESS_MANAGE,
    Event.GRANT_CHANGED: Permission.ACCESS_MANAGE,
    Event.GRANT_REVOKED: Permission.ACCESS_MANAGE,
    Event.ROLE_CHANGED: Permission.ACCESS_MANAGE,
    Event.GROUP_CHANGED: Permission.ACCESS_MANAGE,
    Event.REQUEST_APPROVED: Permission.ACCESS_APPROVE,
    Event.REQUEST_DENIED: Permission.ACCESS_APPROVE,
    Event.REVIEW_STARTED: Permission.ACCESS_REVIEW,
    Event.REVIEW_DECIDED: Permission.ACCESS_REVIEW,
    Event.REVIEW_CLOSED: Permission.ACCESS_REVIEW,
    Event.AUDIT_READ: Permission.AUDIT_READ,
    Event.AUDIT_VERIFIED: Permission.AUDIT_READ,
    Event.AUDIT_EXPORTED: Permission.AUDIT_EXPORT,
    Event.USER_CREATED: Permission.USER_MANAGE,
    Event.USER_CHANGED: Permission.USER_MANAGE,
    Event.ANSWERABLE_CHANGED: Permission.USER_MANAGE,
    Event.SECOND_FACTOR_RESET: Permission.USER_MANAGE,
    Event.USER_INVITED: Permission.USER_MANAGE,
    Event.INVITATION_WITHDRAWN: Permission.USER_MANAGE,
    Event.USER_DEACTIVATED: Permission.USER_MANAGE,
    Event.USER_ACTIVATED: Permission.USER_MANAGE,
    Event.CONFIGURATION_CHANGED: Permission.INSTALLATION_MANAGE,
}
