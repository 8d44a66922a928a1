"""Planning by a language model: its answer is parsed and checked, never executed."""
