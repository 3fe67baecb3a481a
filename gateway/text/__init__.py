"""What can be in a text from a stranger, whatever it is for."""
