"""Pages of administration: units, persons, roles, dictionaries and the working calendar."""
