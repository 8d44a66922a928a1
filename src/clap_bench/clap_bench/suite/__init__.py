"""Scores policies on tasks: episodes of key poses, judged by physics. Knows no task itself."""
