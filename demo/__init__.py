"""Two books that show the product: a real one, and a synthetic Chinese one."""
