"""The one exception whose message is meant for the person at the terminal."""


class Problem(Exception):
    """Something the person can put right; `remedy` says how, in one or two sentences."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
