"""Where it came from, and what was made of it."""
