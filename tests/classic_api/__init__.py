"""The door for clients of flaskForms."""
