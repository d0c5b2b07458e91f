"""The look that gate pages, bench and console share; see README.md beside this file."""
