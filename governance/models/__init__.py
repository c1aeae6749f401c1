"""People, the tokens their programs use, and the Collections that access is scoped to."""

from governance.models.collections import Collection, PrivacyClaim
from governance.models.people import User
from governance.models.tokens import ApiToken, ApiTokenQuerySet

__all__ = ["ApiToken", "ApiTokenQuerySet", "Collection", "PrivacyClaim", "User"]
