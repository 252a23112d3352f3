"""Tests of what is made of a response: a model, or the words of an error."""
