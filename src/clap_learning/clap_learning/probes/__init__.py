"""Small probes on frozen features: what a point-cloud encoder's tokens are worth."""
