"""Why an action of governance will not do what was asked: an answer for the person, not a fault."""


class Refused(Exception):
    """What was asked does not fit the state of things; the message says why and what to do, and names no patient."""
