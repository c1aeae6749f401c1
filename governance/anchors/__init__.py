"""Places outside of the database that keep signed heads of the audit trail, so that its past cannot be written anew."""
