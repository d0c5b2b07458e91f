"""The world below the drivers; see README.md beside this file."""
