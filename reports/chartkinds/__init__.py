"""One module for each family of charts: curves over time, bars, and shapes."""
