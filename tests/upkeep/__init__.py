"""What operators do with a room."""
