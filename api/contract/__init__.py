"""What every route has in common, made once: who asks, one transaction, safe retries, versions, documents."""
