"""How we talk: channels, the web, the router, configuration and the command line."""
