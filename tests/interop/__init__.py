"""The client against servers that people have. `make interop` runs them; the tests here are those of its parts."""
