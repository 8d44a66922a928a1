"""Settings that only teach what words point to: furniture and things that no task has."""
