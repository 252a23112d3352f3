"""What `make diff` is made of: two contracts, how they differ, and what each change means for users."""
