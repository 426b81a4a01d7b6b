"""What clients did, and how well: pure functions on arrays; service.py loads and asks."""
