"""家庭资产负债表: members, what they own and owe, what they earn and plan, and what all of it is worth today."""
