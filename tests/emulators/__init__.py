"""Platforms in processes of their own, with their own logs and the real limits."""
