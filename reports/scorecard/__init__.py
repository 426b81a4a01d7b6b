"""服务人员评分卡 and the report of a team: as data first, then HTML, PDF, Excel by the forms of reports/grading."""
