"""What the command does, and batches with their ledger."""
