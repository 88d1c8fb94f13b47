"""People: units, persons, roles, the working calendar, and who may do what."""
