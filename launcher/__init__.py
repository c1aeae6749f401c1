"""What ./isocenter runs: the project's own environment, its services and its processes.

Until the environment exists only the standard library is at hand, so this package imports nothing else.
"""
