"""What is true, tested."""
