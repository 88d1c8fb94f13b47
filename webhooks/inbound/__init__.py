"""Inbound: what machines send us. One file for each source; every delivery is kept for replay."""
