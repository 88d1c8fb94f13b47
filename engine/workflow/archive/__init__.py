"""The archive: what ended long ago, out of the way of running work, one compressed row each.

The ledger stays as it is. Timelines, papers and the check of the evidence read archived processes
as if they had never left; only lists of people's inboxes do without them.
"""
