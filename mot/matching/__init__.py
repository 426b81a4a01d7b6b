"""匹配: events, scenarios and clients become candidate tasks, each with why it fires or is held back. Pure."""
