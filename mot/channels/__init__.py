"""渠道: the ways in which a message leaves the house, each a real backend with its limits as data."""
