"""Work on problems, projects and submissions: states, who did what, what may come next."""
