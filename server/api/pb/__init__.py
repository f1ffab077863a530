"""Generated from proto/ by `make proto`; a test proves that it is current."""
