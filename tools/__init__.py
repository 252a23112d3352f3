"""What makes, checks and moves the generated client."""
