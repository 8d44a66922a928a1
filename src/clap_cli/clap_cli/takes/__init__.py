"""Demonstrations one after the other, by keys."""
