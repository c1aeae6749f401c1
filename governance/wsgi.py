"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

application = get_wsgi_application()
# Read before gunicorn forks: each of its processes would read the addresses, and what they import, for itself.
get_resolver().url_patterns  # noqa: B018 - the property does it
