"""The room: the log in memory and who is here. It knows members by what it asks of them, and no transport."""
