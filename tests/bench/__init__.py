"""`make bench`: how fast Canvass takes replies, as a share of the least that a Flask application can do."""
