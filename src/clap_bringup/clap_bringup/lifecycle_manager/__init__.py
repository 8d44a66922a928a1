"""Brings the stack's lifecycle nodes up in order, watches them and brings them back."""
