"""What is done, asked of the services."""
