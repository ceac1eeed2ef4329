"""Training: the updates, and what runs, shows and saves them."""
