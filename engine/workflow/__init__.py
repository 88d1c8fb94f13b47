"""Workflow: deployments, instances, tasks and signers; the host around the pure runtime."""
