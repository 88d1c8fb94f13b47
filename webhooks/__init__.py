"""Webhooks: what machines say to us and we to them."""
