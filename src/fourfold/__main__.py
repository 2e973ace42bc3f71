"""`python -m fourfold` is the command `fourfold`."""

from fourfold.cli.main import main

main()
