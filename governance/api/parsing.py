"""Reading JSON bodies, with a bound on what one may cost."""

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from governance.api.errors import TooLarge

# The largest body that the API has a use for is a list of a thousand ids.
LIMIT_BYTES = 64 * 1024


class BoundedJSONParser(JSONParser):
    """JSON in UTF-8 (RFC 8259 section 8.1), at most 64 KiB, and no deeper than Python can follow."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        content = stream.read(LIMIT_BYTES + 1)
        if len(content) > LIMIT_BYTES:
            raise TooLarge
        try:
            return super().parse(io.BytesIO(content), media_type, {})
        except RecursionError as error:
            raise ParseError from error
