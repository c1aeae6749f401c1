"""Every write of governance, one verb per file."""
