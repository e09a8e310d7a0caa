"""What is kept: the tables, their migrations, and one module of queries for each subject."""
