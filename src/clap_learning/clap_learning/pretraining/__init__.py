"""Pre-training of the encoder: one program, read from `program.py` on."""
