"""Tests of the package as its users meet it: its exports, distributions and examples."""
