"""The walk: a real table taken through a whole project's life by the commands the web uses."""
