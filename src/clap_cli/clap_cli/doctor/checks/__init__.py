"""Pure judgements of what was seen; each module is one part of the laboratory."""
