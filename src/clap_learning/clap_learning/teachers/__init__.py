"""Frozen models of images and of text that CLAR learns from."""
