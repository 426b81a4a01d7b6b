"""客户资料质量: what is missing, stale or wrong in the records of clients, and the points that it costs."""
