"""Card readers on serial lines. Each model is a profile: data, not code (profiles/, ADR 0016)."""
