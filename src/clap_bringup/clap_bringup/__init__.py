"""Starts the stack: command line, launch runner, lifecycle manager."""
