"""四维画像: risk tolerance, expected return, liquidity, behavioural bias; and the statement that a client confirms."""
