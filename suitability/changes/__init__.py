"""变更: rules, bands, gates, ratings and forms change in the open: drafted, previewed, approved, in force by day."""
