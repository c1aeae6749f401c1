"""Template tags of the catalogue's pages."""
