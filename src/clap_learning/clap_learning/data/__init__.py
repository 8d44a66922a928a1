"""From files of scenes to batches of clouds and views."""
