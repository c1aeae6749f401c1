"""A trail that is empty before and after."""

from collections.abc import Iterator

import pytest

from governance.actions.seal_events import Seal
from tests.governance import trail


@pytest.fixture
def sealed(transactional_db: None) -> Iterator[tuple[Seal, str]]:
    """An empty trail, with who seals it and the public key that verifies it."""
    trail.empty()
    yield trail.new_seal()
    trail.empty()
