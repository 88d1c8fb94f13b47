"""What may be done with a task besides answering it: 加签, 减签, 转办, 委派, 催办, 抄送, 取回.

Each act is one small form with the same parts: whom, how, why. What it means is the engine's.
"""
