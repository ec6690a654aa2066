"""The operator's pages: each shows what the API tells administrators, and does the same acts."""
