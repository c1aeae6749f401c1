"""Thumbnails: drawn by workers under limits, kept encrypted for an hour, sharp only where the class allows it."""
