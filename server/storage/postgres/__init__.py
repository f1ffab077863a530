"""PostgreSQL: any number of server processes on one database."""
