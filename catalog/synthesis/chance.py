"""Chance that repeats: every decision draws from a generator named after what it decides."""

import hashlib
import random


def chance(*key: object) -> random.Random:
    """Return the generator of this key; the same key gives the same draws on every machine and run."""
    return random.Random("/".join(map(str, key)))  # noqa: S311 - an invented archive needs repetition, not secrecy


def number(*key: object, bits: int = 63) -> int:
    """Return an integer below 2**bits that depends on the key alone."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)


def uid(root: str, *key: object) -> str:
    """Return a UID under `root`, at most 64 characters as PS3.5 section 9 allows."""
    return f"{root}.{number(*key)}"
