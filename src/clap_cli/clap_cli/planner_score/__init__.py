"""How well a planner understands: sentences whose plans are known, and sentences to refuse."""
