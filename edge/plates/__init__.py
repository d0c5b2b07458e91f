"""Number plates: finding and reading them in pictures, what countries write on them, and the vote of several frames."""
