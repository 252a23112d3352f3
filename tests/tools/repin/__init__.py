"""Tests of `make repin`."""
