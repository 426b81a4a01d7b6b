"""匹配: may this client have this product today, on what ground, and what has to be done first."""
