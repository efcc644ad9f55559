"""What we do: use cases that ask for rights and facts, take a verdict and write rows."""
