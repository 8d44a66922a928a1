"""Bags of recordings: reading them, and conversions to and from episodes and scenes."""
