"""Tests of the images in responses: found, decoded, downloaded and saved."""
