"""What `make fuzz` plays at the connection, and who is asked for a second opinion."""
