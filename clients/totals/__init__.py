"""Daily totals 日终汇总: what each client has and did, day by day, so that the book is graded without replaying it."""
