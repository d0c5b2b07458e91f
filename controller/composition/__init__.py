"""Which concrete part goes where, for every program that runs a controller: the whole, and its parts one by one."""
