"""Projects: their stages and gates, budget lines and payments, documents."""
