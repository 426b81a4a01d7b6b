"""What every room needs, and knows no client."""
