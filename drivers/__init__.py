"""Hardware drivers; see README.md beside this file."""
