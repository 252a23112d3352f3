"""What the client does when the network or the server fails: the fault matrix, and what it is run with."""
