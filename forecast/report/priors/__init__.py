"""What prior sets say, in words, tables and figures."""
