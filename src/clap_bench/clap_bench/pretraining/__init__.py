"""Still scenes for pre-training: objects of the suite's tasks, seen by random virtual cameras."""
