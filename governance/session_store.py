"""Where sessions are kept: in the database, each with its owner, its beginning and the last sign of life."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession


class SessionStore(db.SessionStore):
    """Django's database sessions, whose rows say whose they are: so they can be listed, and ended all at once."""

    # The row that was loaded or saved last; what it says besides the data is kept when the data are saved again.
    row: Any = None
    _client: tuple[str | None, str] | None = None

    @classmethod
    def get_model_class(cls) -> type[AbstractBaseSession]:
        from governance.models import Session  # noqa: PLC0415 - Django loads this module before the models

        return Session

    def came_from(self, address: str, device: str) -> None:
        """Note the client that signs in."""
        self._client = (address or None, device)
        self.modified = True

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if self.row is not None and self.row.session_key == row.session_key:
            row.started_at, row.last_seen_at = self.row.started_at, self.row.last_seen_at
            row.address, row.device = self.row.address, self.row.device
        if self._client is not None:
            row.address, row.device = self._client
        self.row = row
        return row  # type: ignore[no-any-return]

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        self.row = super()._get_session_from_db()  # type: ignore[misc]
        return self.row  # type: ignore[no-any-return]
