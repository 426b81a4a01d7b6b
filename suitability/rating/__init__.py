"""产品与服务风险评级: ten factors to a level, never below the list in force, the stricter of ours and the issuer's."""
