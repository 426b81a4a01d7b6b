"""半年自查报告: every half-year, what the records say of how suitability was kept; data first, then Excel and PDF."""
