"""The site's addresses; other apps are named as strings only."""

from django.urls import include, path

from governance import health, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("preferences", views.prefer, name="prefer"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.Metrics.as_view(), name="metrics"),
    path("api/", include("governance.api.urls")),
    path("", include("catalog.urls")),
]

handler400 = "governance.views.bad_request"
handler403 = "governance.views.refused"
handler404 = "governance.views.not_found"
handler500 = "governance.views.broken"
