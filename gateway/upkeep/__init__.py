"""What an operator does with a room: looks at it, copies it, puts a copy back, carries it elsewhere."""
