"""English instructions: from characters to commands, without any model."""
