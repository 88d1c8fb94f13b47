"""Saying that one is away and who acts meanwhile (代理), for oneself or for people one keeps."""
