"""The audit trail's own arithmetic: events, canonical bytes, Merkle tree, signed checkpoints. No Django here."""
