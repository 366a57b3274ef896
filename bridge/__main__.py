"""`python -m bridge`: the same as the command."""

from bridge.cli import main

main()
