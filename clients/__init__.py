"""Who they are: client, account, ledger, and the files they come from."""
