"""评估: answers one by one, the result with its findings, its validity and its confirmation; history stays."""
