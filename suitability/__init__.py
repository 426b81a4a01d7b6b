"""What fits (适当性)."""
