"""The product under faults, watched from outside: every oracle is a process of its own."""
