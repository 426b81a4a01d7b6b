"""准入: conditions of boards and services by day, judged for one client and the whole book by one definition."""
