"""What is said, asked from outside."""
