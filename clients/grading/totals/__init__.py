"""日终汇总: what clients are worth day by day, kept, so that the book is graded without a replay of its ledgers."""
