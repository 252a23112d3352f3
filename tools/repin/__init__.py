"""From a new version of the pinned document to a proven pin and package, without a person.

All work is done in a copy of the checkout; the checkout changes at the very end, or not at all.
"""
