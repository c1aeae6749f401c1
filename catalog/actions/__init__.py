"""Every write of the catalogue, one verb per file: for the web, the API, the command line and workers alike."""
