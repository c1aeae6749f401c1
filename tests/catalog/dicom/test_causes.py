"""One table of causes."""

import pytest

from catalog.dicom import EXPLANATIONS, Cause, Unreadable


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_title_and_a_remedy(cause):
    explanation = cause.explanation

    assert explanation.title
    assert not explanation.title.endswith(".")
    assert explanation.remedy.endswith(".")
    assert explanation is EXPLANATIONS[cause]


def test_a_refusal_says_its_cause():
    assert str(Unreadable(Cause.CORRUPT, "why")) == "corrupt: why"
    assert str(Unreadable(Cause.EMPTY_FILE)) == "empty_file"
