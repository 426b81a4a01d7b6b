"""效果: what a scenario changed, against clients who were left alone; and the two headline figures, AUM and MAU."""
