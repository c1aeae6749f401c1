"""Reading the audit trail: whether it is whole, and proofs of what it holds for those who do not trust this database."""
