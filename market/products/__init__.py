"""产品与服务: financial products, service products with their price plans, net values, components."""
