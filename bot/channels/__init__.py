"""The platforms, each in its own file, imported only when it runs."""
