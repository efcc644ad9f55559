"""What we remember, tested."""
