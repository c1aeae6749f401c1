"""An S3 of the tests' own: moto's server in a process, asked over real HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import EndpointConnectionError  # type: ignore[import-untyped]

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-anybody",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Store:
    """The service, and a client that may do everything."""

    endpoint: str
    client: Any

    def make(self, name: str, *, locked: bool) -> str:
        """Make a bucket, with or without Object Lock."""
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        return name


@contextmanager
def serving() -> Iterator[Store]:
    """Start the server, wait for it, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
            _wait_for(client)
            yield Store(f"http://127.0.0.1:{port}", client)
        finally:
            server.terminate()


def _wait_for(client: Any) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            client.list_buckets()
        except EndpointConnectionError:
            assert time.monotonic() < until, "moto does not answer"
            time.sleep(0.2)
        else:
            return
