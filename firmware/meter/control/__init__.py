"""The breaker and who may move it: disconnect control, curve, limiter, prepayment; tampering."""
