"""Fills the page from a running stack, as a client like any other."""
