"""适当性错配案件: one case a client and product, worked by people until it is closed with a reason."""
