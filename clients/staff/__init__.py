"""人员与服务关系: branch, staff, what they are registered for, and who serves whom from when to when."""
