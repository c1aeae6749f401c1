"""Addresses below /api/: the description, what each app adds (named as strings), and the end of the list."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from governance.api.access import AccessRequests, Explain, Roles
from governance.api.audit import AuditCheckpoints, AuditEvents
from governance.api.docs import Description, Docs
from governance.api.grants import Grants
from governance.api.me import Me
from governance.api.views import NoSuchAddress

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("audit-events", AuditEvents, "audit-events")
router.register("audit-checkpoints", AuditCheckpoints, "audit-checkpoints")
router.register("access-requests", AccessRequests, "access-requests")
router.register("grants", Grants, "grants")
router.register("roles", Roles, "roles")

urlpatterns = [
    path("access/explain/", Explain.as_view(), name="access-explain"),
    path("me/", Me.as_view(), name="me"),
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("", include(router.urls)),
    path("", include("catalog.api.urls")),
    re_path("", NoSuchAddress.as_view()),
]
