"""Risk: rules over a project's figures, alerts when one is crossed, and their rectification."""
