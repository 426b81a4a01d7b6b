"""联系: what the client agreed to, and every contact that was held back."""
