"""服务订购: a service begins only after a suitability check; agreement, disclosure, fees, cancellation, history."""
