"""What happens without being called for: a use case, a period, a lease."""
