"""Orthanc as a peer: how fast it takes the same files over its REST interface. It also copies every file."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from catalog.benchmarks.crew import shares
from catalog.benchmarks.failure import BenchmarkFailed

CLIENTS = 4
START_SECONDS = 30.0
LOOPBACK = "127.0.0.1"
IN_WORDS = (
    f"Orthanc, no plugins, own SQLite index, POST /instances by {CLIENTS} clients over kept connections; "
    "beside reading the header Orthanc copies every file into its storage"
)


def find_orthanc() -> str | None:
    """The installed program, if any; Debian keeps it where ordinary accounts do not look."""
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")


def ingest(program: str, paths: Sequence[str], parent: Path) -> float:
    """Seconds that a fresh Orthanc takes for these files."""
    with _running(program, parent) as port, ThreadPoolExecutor(CLIENTS) as clients:
        began = time.perf_counter()
        list(clients.map(lambda share: _send(port, share), shares(paths, CLIENTS)))
        return time.perf_counter() - began


def _send(port: int, paths: Sequence[str]) -> None:
    connection = HTTPConnection(LOOPBACK, port)
    try:
        for path in paths:
            connection.request("POST", "/instances", Path(path).read_bytes())
            answer = connection.getresponse()
            said = json.loads(answer.read())
            if answer.status != 200 or said["Status"] != "Success":
                raise BenchmarkFailed(f"Orthanc refused a file with status {answer.status}.")
    finally:
        connection.close()


@contextmanager
def _running(program: str, parent: Path) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="orthanc-", dir=parent) as folder:
        settings = _settings(folder)
        file = Path(folder, "orthanc.json")
        file.write_text(json.dumps(settings))
        server = subprocess.Popen([program, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_until_up(server, settings["HttpPort"])
            yield settings["HttpPort"]
        finally:
            server.terminate()
            server.wait()


def _settings(folder: str) -> dict[str, Any]:
    http, dicom = _free_port(), _free_port()
    return {
        "Name": "bench",
        "StorageDirectory": os.path.join(folder, "storage"),  # noqa: PTH118 - Orthanc wants a string
        "IndexDirectory": os.path.join(folder, "index"),  # noqa: PTH118
        "Plugins": [],
        "HttpPort": http,
        "DicomPort": dicom,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "KeepAlive": True,
        "TcpNoDelay": True,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = HTTPConnection(LOOPBACK, port, timeout=1)
            connection.request("GET", "/system")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            if server.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkFailed("Orthanc did not start.") from None
            time.sleep(0.05)
        finally:
            connection.close()
