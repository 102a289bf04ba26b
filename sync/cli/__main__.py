"""`python -m sync.cli`: the command line without its script."""

from sync.cli import main

main()
