"""任务: what one member of staff has to do about one client, from the event to the record of what came of it."""
