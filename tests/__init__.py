"""What the client does, said as tests."""
