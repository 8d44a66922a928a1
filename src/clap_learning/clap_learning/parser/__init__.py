"""Sentences to goals by a small network that was trained on patterns of what people say."""
