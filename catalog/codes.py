"""Speakable codes: CT-7F3K5 for a row's number, with a check character, and without a word about the patient."""

# Douglas Crockford's base 32: no I, L, O, U, so that a code survives a telephone line.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans("ILO", "110")
_WIDTH = 4


def code_of(prefix: str, number: int) -> str:
    """Return PREFIX-DIGITS+check for a row number; `parse_code` gives the number back."""
    digits = ""
    rest = number
    while rest or len(digits) < _WIDTH:
        rest, digit = divmod(rest, 32)
        digits = ALPHABET[digit] + digits
    return f"{prefix}-{digits}{_check(digits)}"


def parse_code(code: str) -> int | None:
    """Return the row number of a code, however it was typed; None when it is not one or a letter is wrong."""
    body = code.strip().upper().rpartition("-")[2].translate(_FORGIVEN)
    if len(body) <= _WIDTH or any(letter not in ALPHABET for letter in body):
        return None
    digits, check = body[:-1], body[-1]
    if _check(digits) != check:
        return None
    number = 0
    for letter in digits:
        number = number * 32 + ALPHABET.index(letter)
    return number


def _check(digits: str) -> str:
    """Weights by position (odd ones are invertible modulo 32), so one wrong letter is always noticed."""
    return ALPHABET[sum((2 * place + 1) * ALPHABET.index(letter) for place, letter in enumerate(digits)) % 32]
