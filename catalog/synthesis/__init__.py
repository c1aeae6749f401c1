"""Invent a DICOM archive with an answer key: what a catalogue, a rule or a scanner for PHI should find in it."""

from catalog.synthesis.archive import ArchiveNotEmpty, Summary, synthesize
from catalog.synthesis.thin import Kind, synthesize_thin

__all__ = ["ArchiveNotEmpty", "Kind", "Summary", "synthesize", "synthesize_thin"]
