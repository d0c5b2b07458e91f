"""Pure decisions and state: no I/O, and `now` is an argument; see README.md of the package."""
