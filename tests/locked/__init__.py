"""What is locked, and what moves it."""
