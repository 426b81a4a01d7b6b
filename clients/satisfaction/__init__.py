"""满意度调查: rounds, answers, 满意率 and NPS with their intervals."""
