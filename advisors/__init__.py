"""How well the advisors serve."""
