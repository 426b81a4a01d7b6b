"""客户登录: when clients came by themselves, by channel."""
