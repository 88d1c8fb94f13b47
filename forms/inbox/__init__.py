"""The inbox and the task page: what waits for a person, and the one place where they decide."""
