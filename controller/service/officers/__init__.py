"""Officers: accounts and how they sign in, and what is on record of their rights."""
