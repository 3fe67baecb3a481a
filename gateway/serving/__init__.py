"""The process: it listens, starts, stops, and tells its operator."""
