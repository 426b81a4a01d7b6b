"""组装: what the engine reads, from ledgers, grades, suitability, households and the market, in columns for a span."""
