"""Small changes to the announcement rules, each of which some test must notice."""
