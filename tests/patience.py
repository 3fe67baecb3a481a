"""How long a test waits for what must come: one number, as a limit near what is waited for fails on a busy machine."""

PATIENCE = 30.0
"""Seconds. They are used up only where a test fails; the slowest thing that is waited for takes a third of them."""
