"""The site's addresses; other apps are named as strings only."""

from django.urls import include, path, register_converter

from governance import health
from governance.usernames import UsernameConverter
from governance.views import preferences

# Before the addresses that say <username:…> are read, which include() does.
register_converter(UsernameConverter, "username")

urlpatterns = [
    path("preferences", preferences.prefer, name="prefer"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.Metrics.as_view(), name="metrics"),
    path("", include("governance.entry_urls")),
    path("", include("governance.audit_urls")),
    path("access", include("governance.access_urls")),
    path("api/", include("governance.api.urls")),
    path("", include("catalog.urls")),
]

handler400 = "governance.views.failures.bad_request"
handler403 = "governance.views.failures.refused"
handler404 = "governance.views.failures.not_found"
handler500 = "governance.views.failures.broken"
