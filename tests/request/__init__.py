"""Tests of what is made of arguments: the request, before anything is sent."""
