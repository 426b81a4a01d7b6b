"""服务产品化: services as products of their own, each with content, published price plans and a price."""
