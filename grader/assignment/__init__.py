"""What an assignment asks, and which cells of a notebook answer it."""
