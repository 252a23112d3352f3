"""What a change of the document breaks, and for whom."""
