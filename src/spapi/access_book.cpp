// To be filled by the next commits.
