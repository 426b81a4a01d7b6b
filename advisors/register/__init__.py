"""登记: breaches that were established, and training and certificates of staff."""
