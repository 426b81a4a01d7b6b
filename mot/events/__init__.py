"""事件: what happened to a client, in families that are never mixed."""
