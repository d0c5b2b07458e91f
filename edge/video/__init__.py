"""What controllers fetch of a gate's cameras: sealed recordings and live pictures; a process of its own."""
