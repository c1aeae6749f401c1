"""Where things lie: the repository and the data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from launcher.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = 0o700


@dataclass(frozen=True)
class Layout:
    """The paths of one data folder; nothing is made until `prepare` is called."""

    data: Path

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def run(self) -> Path:
        """Pid files, locks and, where the path allows it, sockets."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def secret_key(self) -> Path:
        return self.data / "secret_key"

    @property
    def secrets_key(self) -> Path:
        """The keys under which secrets lie in the database."""
        return self.data / "secrets_key"

    @property
    def audit_key(self) -> Path:
        """The Ed25519 key that signs the heads of the audit trail."""
        return self.data / "audit_key.pem"

    @property
    def audit_anchors(self) -> Path:
        """The signed heads, apart from the database."""
        return self.data / "audit_anchors.txt"

    @property
    def demo(self) -> Path:
        """What the demo remembers; its presence says that this folder holds the demo."""
        return self.data / "demo.json"

    @property
    def archive(self) -> Path:
        """The demo's DICOM files."""
        return self.data / "demo-archive"

    @property
    def migrated(self) -> Path:
        """The fingerprint of the migrations that this folder's database has had."""
        return self.data / "migrated"

    def prepare(self) -> None:
        """Make the folders, open to this account only.

        Raises Problem where the folder belongs to another account or cannot be written.
        """
        try:
            for folder in (self.data, self.run, self.log):
                folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The data folder {self.data} cannot be made: {error.strerror}.",
                "Name another one with ISOCENTER_DATA or --data, or correct its permissions.",
            ) from error
        owner = self.data.stat().st_uid
        if owner != os.geteuid():
            raise Problem(
                f"The data folder {self.data} belongs to another account (uid {owner}).",
                "Run Isocenter as that account, or name another folder with ISOCENTER_DATA or --data.",
            )


def default_data() -> Path:
    """ISOCENTER_DATA, or var/ in the repository."""
    named = os.environ.get("ISOCENTER_DATA")
    return Path(named).expanduser().absolute() if named else ROOT / "var"
