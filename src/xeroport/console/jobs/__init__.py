"""What the console starts, and what it shows of it."""
