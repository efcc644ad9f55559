"""When we act alone, tested."""
