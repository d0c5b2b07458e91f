"""Figures beside a ceiling measured in the same run; see README.md beside this file."""
