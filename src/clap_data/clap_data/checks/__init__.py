"""What is wrong with demonstrations, before somebody teaches with them."""
