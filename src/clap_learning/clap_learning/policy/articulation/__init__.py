"""Doors and drawers that nobody demonstrated: where they hang, and which way they go, by their
geometry."""
