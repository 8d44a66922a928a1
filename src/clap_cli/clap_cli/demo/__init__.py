"""The demo: run the simulated stack on one sentence and keep everything that can be looked at."""
