"""Providers, played by HTTP servers on loopback."""
