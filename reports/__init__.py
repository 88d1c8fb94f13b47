"""Reports: what people sign and auditors trust."""
