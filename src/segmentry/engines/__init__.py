"""Where the data lives: each engine answers queries, and only small answers leave it."""
