"""People who cross a line in a camera's picture: from what stands out to persons on their way, and to a count."""
