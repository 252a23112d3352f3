"""Tests of the client: its settings, what its calls share, and the transports that it can use."""
