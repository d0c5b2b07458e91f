"""`sacs demo`: a whole site on this machine, every program a process of its own, as it would be on many."""
