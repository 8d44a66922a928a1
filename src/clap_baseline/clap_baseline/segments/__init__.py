"""From a fused cloud to the objects standing on the table."""
