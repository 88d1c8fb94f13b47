"""Pages for auditors: the ledger's entries with their proofs, and the issued papers."""
