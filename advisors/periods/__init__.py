"""Grades of a period: run once, approved by a second person, published as facts of `clients`, open to appeal."""
