"""When to act (关键时刻)."""
