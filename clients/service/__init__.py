"""服务等级: what a client's grades earn, what is promised and when it is due, and whether the staff can keep it."""
