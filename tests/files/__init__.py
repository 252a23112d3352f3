"""Tests of responses that are files: streamed and saved."""
