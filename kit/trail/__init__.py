"""留痕: every business change is one row that is never changed, sealed into a chain of hashes."""
