"""The syntax tree; each node closes itself into a Python closure over a frame of values."""
