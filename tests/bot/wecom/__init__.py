"""The channel of WeCom."""
