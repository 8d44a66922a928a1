"""The tasks, one file each: scene, variations, wordings, success check, expert."""
