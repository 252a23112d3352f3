"""What needs servers of its own: PostgreSQL, S3, Ray. `make test-machines` runs it."""
