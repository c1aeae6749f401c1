"""The catalogue's pages, one file per screen; beside them what several screens share, each under its own name."""
