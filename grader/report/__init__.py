"""Shows results: pages and files of a class, and text for a terminal. It never runs or judges anything."""
