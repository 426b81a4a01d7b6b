"""场景: one moment of truth in seven steps, as data that is checked when it is read."""
