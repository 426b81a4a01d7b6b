"""What can be bought: instruments, prices, corporate actions, benchmarks."""
