"""When a task is due, and what the machine does as time goes by: remind, escalate, time out."""
