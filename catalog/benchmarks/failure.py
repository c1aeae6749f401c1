"""What stops a benchmark."""


class BenchmarkFailed(Exception):
    """A part of the benchmark did not do what was to be measured, so there is no figure to report."""
