"""Budgets measured beside a peer in one run: `python -m benchmarks.run`. Never imported by the product."""
