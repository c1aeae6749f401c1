"""Values written out for PostgreSQL: rows for COPY in text format, arrays, and JSON that it can hold."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Cast

# PostgreSQL 18 manual, COPY, "Text Format": these stand for themselves only behind a backslash.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_AWKWARD = re.compile(r"[\\\t\n\r\0]")
NULL = "\\N"
_ARRAY_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})
_LINES_AT_ONCE = 50
# No text of PostgreSQL holds U+0000; the replacement character says that something was there.
_UNSTORABLE = "\ufffd"
# orjson would write dates, and objects of ours, without being asked.
_ONLY_JSON = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
# Made once: json.dumps would make an encoder for every value.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def copy_text(value: str) -> str:
    """Write one text value."""
    if "\x00" in value:
        value = value.replace("\x00", _UNSTORABLE)
    return value.translate(_ESCAPES)


def copy_bytes(value: bytes) -> str:
    """Write one bytea value in hex format."""
    return "\\\\x" + value.hex()


def copy_json(value: Any) -> str:
    """Write one json value."""
    return copy_json_text(json_text(value))


def copy_json_text(text: str) -> str:
    """Write one json value that is JSON already, from `json_text`: it holds no tab and no end of line."""
    return text.replace("\\", "\\\\")


def copy_value(value: Any) -> str:
    """Write a value of any type that a summary column has."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return copy_text(value) if isinstance(value, str) else str(value)


def copy_values(values: Sequence[Any]) -> str:
    """Write several values of such types, with a tab between them."""
    if _AWKWARD.search("".join([value for value in values if type(value) is str])):
        return "\t".join(map(copy_value, values))
    return "\t".join([value if type(value) is str else copy_value(value) for value in values])


def json_text(value: Any) -> str:
    """Serialise for json; what that cannot hold (U+0000, lone surrogates, NaN) is written as text."""
    try:
        text = orjson.dumps(value, option=_ONLY_JSON)
    except TypeError:
        return _json_text_of_anything(value)
    # orjson writes NaN as null; and U+0000 is escaped.
    if b"null" in text or b"\\u0000" in text:
        return _json_text_of_anything(value)
    return text.decode()


def _json_text_of_anything(value: Any) -> str:
    """The same for what orjson refuses (large numbers, deep nesting, surrogates) or may write otherwise."""
    try:
        text = _encode(value)
        text.encode()
    except (ValueError, UnicodeEncodeError):
        return json_text(_storable(value))
    return json_text(_storable(value)) if "\\u0000" in text and _holds_null(value) else text


def _holds_null(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_null(key) or _holds_null(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(map(_holds_null, value))


def _storable(value: Any) -> Any:
    """PS3.18 section F.2.4 has no JSON number for NaN and the infinities; their names are kept as strings."""
    if isinstance(value, str):
        return value.replace("\x00", _UNSTORABLE).encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def text_array(values: Iterable[str]) -> Cast:
    """A text[] for an ORM write, as one literal (PostgreSQL manual, "Array Input and Output Syntax")."""
    quoted = (f'"{value.translate(_ARRAY_ESCAPES)}"' for value in values)
    return _array(",".join(quoted), models.TextField())


def whole_number_array(values: Iterable[int]) -> Cast:
    """A bigint[] for an ORM write, as one literal."""
    return _array(",".join(map(str, values)), models.BigIntegerField())


def _array(content: str, of: "models.Field[Any, Any]") -> Cast:
    return Cast(Value("{" + content + "}"), ArrayField(of))


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY lines made with the functions above into `table`."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # All of them first: psycopg tells the server, and so its log, what an exception within a COPY says.
    ready = list(lines)
    # Django leaves a COPY's errors as they are.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        # In pieces that stay in the processor's cache; the server stores one while the next is sent.
        for start in range(0, len(ready), _LINES_AT_ONCE):
            copy.write("".join(ready[start : start + _LINES_AT_ONCE]))
