"""What is promised, what was seen and what that is worth: targets, scores and lights."""
