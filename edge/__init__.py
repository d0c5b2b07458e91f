"""One gate, complete with the network cable out; see README.md beside this file."""
