"""People."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person; `job` is what they are shown as, permissions come from grants on Collections."""

    job = models.CharField(_("job"), max_length=80, blank=True)
    # How this person likes the pages: theme, density, columns (governance/preferences.py).
    preferences = models.JSONField(default=dict, blank=True, editable=False)

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()
