"""What `measure_peers.py` is made of: classes of notebooks, and a module for each tool that grades them."""
