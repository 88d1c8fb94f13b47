"""Jobs: machine work as rows with leases; Celery only carries a nudge, a sweeper finds the rest."""
