"""The WeCom bot against the emulated gateway."""
