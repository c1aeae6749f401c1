"""The API's own description: OpenAPI for programs, and a page to browse it, from files of our own."""

from typing import Any

from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from governance.api.permissions import SignedIn


class Description(SpectacularAPIView):
    """The OpenAPI document, as YAML or JSON by Accept."""

    schema = None


class Docs(APIView):
    """Swagger UI over the description; its script is a static file, so that the strict CSP holds here too."""

    permission_classes = (SignedIn,)
    schema = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """A page is HTML whatever Accept says."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> Any:
        return render(request, "api/docs.html")
