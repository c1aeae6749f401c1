"""Reading settings from the environment: typed, with secrets from files."""

import base64
import os
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

SECONDS = {"s": 1, "min": 60, "hour": 3600, "day": 86400}


class BadSetting(ValueError):
    """An environment variable that cannot be used; the message names it and the remedy."""


def text(name: str, default: str = "") -> str:
    """Return the variable NAME, or the content of the file that NAME_FILE points to."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(
                f"{name}_FILE cannot be read: {error.strerror}. Check the path and its mode."
            ) from error
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    """Return True for 1, true, yes, on; False for 0, false, no, off or nothing."""
    value = text(name).lower()
    if value in {"", "0", "false", "no", "off"}:
        return default if value == "" else False
    if value in {"1", "true", "yes", "on"}:
        return True
    raise BadSetting(f"{name} must be yes or no.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number that is not below `least`."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal():
        raise BadSetting(f"{name} must be a whole number.")
    if int(value) < least:
        raise BadSetting(f"{name} must be at least {least}.")
    return int(value)


def one_of(name: str, default: str, allowed: Sequence[str]) -> str:
    """Return one of some words in capitals, however it is written."""
    value = (text(name) or default).upper()
    if value not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}.")
    return value


def rate(name: str, default: str) -> tuple[int, int]:
    """Read `600/min` as (how many, seconds)."""
    many, _, period = (text(name) or default).partition("/")
    if not many.isdecimal() or not 1 <= len(many) <= 9 or int(many) < 1 or period not in SECONDS:
        raise BadSetting(f"{name} must be a number, a slash, and s, min, hour or day.")
    return int(many), SECONDS[period]


def key_name(name: str, default: str) -> str:
    """Return the name of a signing key: no space and no plus sign (C2SP signed-note)."""
    value = text(name) or default
    if re.search(r"[\s+]", value):
        raise BadSetting(f"{name} must hold neither spaces nor plus signs.")
    return value


def keys(name: str) -> list[bytes]:
    """Return keys of 256 bits, each in base64 (RFC 4648, either alphabet), separated by spaces or lines."""
    words = text(name).replace("-", "+").replace("_", "/").split()
    try:
        found = [base64.b64decode(word, validate=True) for word in words]
    except ValueError:
        found = [b""]
    if any(len(key) != 32 for key in found):
        raise BadSetting(f"{name} must hold keys of 32 bytes in base64; `openssl rand -base64 32` makes one.")
    if len(set(found)) != len(found):
        raise BadSetting(f"{name} holds the same key twice.")
    return found


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return the networks (CIDR) of a comma-separated list; the word `public` is left to `words`."""
    try:
        return [ip_network(word) for word in words(name) if word != "public"]
    except ValueError:
        raise BadSetting(f"{name} must hold networks such as 10.1.2.0/24, or the word public.") from None


def processors() -> int:
    """Return how many processors this process may use, which in a container are fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, object]:
    """Turn a postgresql:// URL (libpq's form, also with ?host=/socket/folder) into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting("DATABASE_URL must begin with postgresql://.")
    query = parse_qs(parts.query)
    options = {key: values[0] for key, values in query.items() if key not in {"host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": query.get("port", [str(parts.port or "")])[0],
        "OPTIONS": options,
    }


def celery_broker(url: str) -> str:
    """Turn a redis-py URL into the form kombu wants; only Unix sockets differ."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    db = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={db}"
