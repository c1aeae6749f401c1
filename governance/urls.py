"""The site's addresses; other apps are named as strings only."""

from django.urls import include, path

urlpatterns = [
    path("", include("catalog.urls")),
]
