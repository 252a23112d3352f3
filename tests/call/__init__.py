"""Tests of a call: its attempts, what it costs, and how it ends."""
