"""常用视图: a list under filters that a user has given a name, to come back to."""
