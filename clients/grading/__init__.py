"""客户分级: grading schemes as data, the features they read, one pass over the book, the history of grades by day."""
