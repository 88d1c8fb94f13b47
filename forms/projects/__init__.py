"""Pages of projects: the list, one project whole, and the wizard that starts a new one."""
