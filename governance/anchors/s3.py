"""S3 under Object Lock in compliance mode: nobody, the account's owner included, takes a head away before its time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib import import_module
from typing import Any

from governance.anchors.anchor import Kept, Unavailable
from governance.outbound import NoAnswer, NotAllowed, checked

_AT_ONCE = 8
_LONGEST = 100_000


class S3Anchor:
    """Puts each head as an object of its own, `ORIGIN/SIZE.note`, in a bucket that has Object Lock.

    Credentials and region are those that boto3 finds (AWS_ACCESS_KEY_ID, a role of the machine, and so on). Other
    services that speak S3 are reached by `endpoint`.
    """

    recorded = True

    def __init__(self, bucket: str, origin: str, *, retention_days: int, endpoint: str = "") -> None:
        self.name = f"s3:{bucket}"
        self._bucket = bucket
        self._prefix = f"{origin}/"
        self._retention = timedelta(days=retention_days)
        self._endpoint = endpoint

    def keep(self, size: int, note: str) -> None:
        """Put the head, unless one of that size is there: then it must be the same. Raises Unavailable."""
        self._demand_lock()
        key = f"{self._prefix}{size:020}.note"
        with _asking("put a head"):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=note.encode(),
                    ContentType="text/plain; charset=utf-8",
                    ObjectLockMode="COMPLIANCE",
                    ObjectLockRetainUntilDate=datetime.now(UTC) + self._retention,
                    IfNoneMatch="*",
                )
            except _errors().ClientError as error:
                if _code(error) != "PreconditionFailed":
                    raise
                self._demand_same(key, note)

    def kept(self) -> Iterator[Kept]:
        """Yield every version of every object, also those that a deletion hides. Raises Unavailable."""
        self._demand_lock()
        with _asking("list the heads"), ThreadPoolExecutor(_AT_ONCE) as readers:
            pages = self._client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for marker in page.get("DeleteMarkers", []):
                    yield Kept("", marker["Key"], marker["LastModified"], "was deleted")
                yield from readers.map(self._read, page.get("Versions", []))

    def _read(self, version: dict[str, Any]) -> Kept:
        answer = self._client.get_object(
            Bucket=self._bucket, Key=version["Key"], VersionId=version["VersionId"]
        )
        note = answer["Body"].read(_LONGEST).decode(errors="replace")
        locked = answer.get("ObjectLockMode") == "COMPLIANCE"
        fault = "" if locked else "is not locked in compliance mode"
        return Kept(note, version["Key"], version["LastModified"], fault)

    def _demand_same(self, key: str, note: str) -> None:
        found = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(_LONGEST)
        if found != note.encode():
            raise Unavailable("The bucket holds another head of the same size; verify the trail.")

    def _demand_lock(self) -> None:
        """Raise Unavailable where the bucket has no Object Lock: what lies there could be taken away."""
        with _asking("read the bucket's Object Lock"):
            try:
                found = self._client.get_object_lock_configuration(Bucket=self._bucket)
                enabled = found["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"
            except _errors().ClientError as error:
                if _code(error) != "ObjectLockConfigurationNotFoundError":
                    raise
                enabled = False
        if not enabled:
            raise Unavailable("The bucket has no Object Lock. It is switched on when a bucket is made.")

    @cached_property
    def _client(self) -> Any:
        errors = _errors()
        if self._endpoint:
            _demand_allowed(self._endpoint)
        settings = import_module("botocore.config").Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 2},
            max_pool_connections=_AT_ONCE,
        )
        try:
            return import_module("boto3").client("s3", endpoint_url=self._endpoint or None, config=settings)
        except (ValueError, errors.BotoCoreError):
            raise Unavailable("No client for S3 can be made of these settings.") from None


def _demand_allowed(endpoint: str) -> None:
    """Raise Unavailable where the installation does not let itself connect to the endpoint."""
    try:
        checked(endpoint)
    except (NotAllowed, NoAnswer) as error:
        raise Unavailable(f"The endpoint of S3 could not be asked. {error}") from None


def _errors() -> Any:
    """Return botocore's exceptions: imported late, since the package is an extra."""
    try:
        import_module("boto3")
        return import_module("botocore.exceptions")
    except ImportError:
        raise Unavailable("boto3 is not installed; install Isocenter with its extra s3.") from None


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn S3's errors into Unavailable, by their codes: their texts quote addresses and keys."""
    errors = _errors()
    try:
        yield
    except errors.ClientError as error:
        raise Unavailable(f"S3 refused to {what}: {_code(error)}.") from None
    except errors.BotoCoreError as error:
        raise Unavailable(f"S3 could not be asked to {what}: {type(error).__name__}.") from None
