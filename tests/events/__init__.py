"""Tests of server-sent events: parsed, typed, and bounded by the rules of a call."""
