"""The only door to AWS: read-only by construction, every call in the ledger, every failure typed."""
