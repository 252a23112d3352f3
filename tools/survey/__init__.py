"""`make survey`: how much of a document becomes a client, operation by operation, and what does not, and why."""
