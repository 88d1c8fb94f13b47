"""Pages of operations: failed jobs, refused deliveries, deployments and the ledger's state.

An administrator mends here what stands still, and changes no business data: projects are shown by
their numbers, never by their names.
"""
