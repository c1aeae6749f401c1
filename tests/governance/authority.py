"""A time-stamp authority of the tests' own: certificates and tokens by openssl, answers over HTTP."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

OPENSSL = shutil.which("openssl")

_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[stamps]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Signs with a certificate of its own; `answer` says with what status, `queries` what it was asked."""

    folder: Path
    status: int = 200
    body: bytes | None = None
    url: str = ""
    queries: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> str:
        """The certificate that whoever trusts this authority has (PEM)."""
        return (self.folder / "root.pem").read_text()

    def make(self, name: str) -> None:
        """Make a root and a certificate for time stamps under it."""
        self.folder.mkdir(parents=True)
        (self.folder / "cnf").write_text(_CONFIGURATION.format(name=name, folder=self.folder))
        self.run(
            "req",
            "-x509",
            "-newkey",
            "ed25519",
            "-nodes",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
            *_with("ca"),
        )
        self.run(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "tsa.key",
            "-out",
            "tsa.csr",
            "-config",
            "cnf",
            "-subj",
            f"/CN={name} signs",
        )
        self.run(
            *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "tsa.pem"),
            *("-days", "2", "-CAcreateserial", "-extfile", "cnf", "-extensions", "tsa"),
        )

    def reply(self, query: bytes) -> bytes:
        """Answer a query with a token."""
        (self.folder / "query").write_bytes(query)
        self.run(
            *("ts", "-reply", "-config", "cnf", "-section", "stamps", "-queryfile", "query"),
            *("-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "answer"),
        )
        return (self.folder / "answer").read_bytes()

    def token_over(self, data: bytes) -> bytes:
        """Stamp these bytes without being asked over HTTP."""
        (self.folder / "data").write_bytes(data)
        self.run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "own.query")
        return self.reply((self.folder / "own.query").read_bytes())

    def run(self, *words: str) -> str:
        command = [OPENSSL or "openssl", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _with(section: str) -> tuple[str, ...]:
    return ("-config", "cnf", "-extensions", section, "-days", "2")


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Answer on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            authority.queries.append(query)
            body = authority.reply(query) if authority.body is None else authority.body
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        authority.url = f"http://127.0.0.1:{server.server_port}/stamp"
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
