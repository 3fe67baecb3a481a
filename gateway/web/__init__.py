"""The web port: the page, plain requests, and the door to what members are."""
