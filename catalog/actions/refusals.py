"""Why an action will not do what was asked: an answer for the person, not a fault."""


class Refused(Exception):
    """The request cannot be carried out; the message says why and what to do, and holds no PHI."""
