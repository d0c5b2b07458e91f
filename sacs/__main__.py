"""`python -m sacs`: the same as the command `sacs`."""

from sacs.main import app

app()
