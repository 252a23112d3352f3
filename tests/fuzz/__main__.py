"""Run from the command line."""

from tests.fuzz.responses import main

main()
