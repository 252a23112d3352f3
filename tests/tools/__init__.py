"""The programs of `tools/`, each with a folder of its own."""
