"""年度评定: preliminary grade, review meeting, summary, approval, appeal; regrading by event between the years."""
