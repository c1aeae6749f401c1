"""Telling uv what this machine's pip has been told: index, certificates, proxy, local wheels."""

import ast
import os
import subprocess
from collections.abc import Sequence

# pip's option, uv's variable, and what stands between several values of it.
TRANSLATION = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}


def for_uv(pip: Sequence[str]) -> dict[str, str]:
    """The variables to add for uv; what its user has set for uv itself stays as it is."""
    answer = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    variables = translate(answer.stdout)
    # pip trusts the system's certificates, so uv shall too.
    variables["UV_SYSTEM_CERTS"] = "1"
    return {
        name: value for name, value in variables.items() if name not in os.environ or name == "SSL_CERT_FILE"
    }


def translate(listing: str) -> dict[str, str]:
    """Translate `pip config list`; its lines read section.option='value', later ones outrank earlier ones.

    The environment (:env:.) and the section of a command outrank [global], as in pip.
    """
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        section, _, option = key.rpartition(".")
        if option not in TRANSLATION or section not in {"global", "install", ":env:"}:
            continue
        rank = ("global", "install", ":env:").index(section)
        variable, between = TRANSLATION[option]
        if rank >= found.get(variable, (0, ""))[0]:
            found[variable] = (rank, between.join(_value(quoted).split()))
    return {variable: value for variable, (_, value) in found.items() if value}


def _value(quoted: str) -> str:
    try:
        return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        return quoted
