"""The client in the terminal."""
