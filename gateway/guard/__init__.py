"""Who may do something, how much of it, and for how long."""
