"""Forms: what people see and fill in; the Flask application."""
