"""The pages' fixtures serve the tests of access too."""

from tests.web.conftest import elsewhere, held, own_cache

__all__ = ["elsewhere", "held", "own_cache"]
