"""持续核对: who holds what no longer fits; exactly what a change touches is judged again, a full scan proves it."""
