"""Remember how somebody likes the pages."""

from governance.models import User


def keep_preference(user: User, name: str, value: str | int | list[str]) -> None:
    """Store one preference of `user`, who is the only one it concerns; it is no permission and no audit event."""
    user.preferences = {**user.preferences, name: value}
    user.save(update_fields=["preferences"])
