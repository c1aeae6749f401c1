"""Whether it is allowed."""
