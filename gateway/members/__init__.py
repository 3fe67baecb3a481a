"""The members: one connection each, whatever is spoken on it."""
