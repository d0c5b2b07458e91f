"""The truth on the premises; see README.md beside this file."""
