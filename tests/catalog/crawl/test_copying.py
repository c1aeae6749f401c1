"""What is written out for the database comes back as it was."""

import pytest

from catalog.actions.copying import text_array, whole_number_array
from catalog.models import Chunk, Crawl, Source

AWKWARD = ["plain.dcm", 'quo"te', "back\\slash", "com,ma {brace}", "new\nline", "NULL", "", " ", "ütf-8/日本"]


@pytest.mark.django_db
@pytest.mark.parametrize("names", [[], AWKWARD])
def test_a_listing_comes_back_as_the_walk_found_it(radiology, names):
    crawl = Crawl.objects.create(source=Source.objects.create(collection=radiology, name="s", location="/s"))
    numbers = [2**63 - 1 - at for at in range(len(names))]
    chunk = Chunk.objects.create(
        crawl=crawl,
        ordinal=0,
        listed=len(names),
        locators=text_array(names),
        sizes=whole_number_array(numbers),
        mtimes_ns=whole_number_array([-number for number in numbers]),
        inodes=whole_number_array(iter(numbers)),
    )
    chunk.refresh_from_db()
    assert chunk.locators == names
    assert chunk.sizes == chunk.inodes == numbers
    assert chunk.mtimes_ns == [-number for number in numbers]
