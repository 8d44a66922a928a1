"""Calibrating cameras of a running stack."""
