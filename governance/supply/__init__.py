"""What Isocenter is made of: the locked packages, listed for others and held against known faults. Pure Python."""
