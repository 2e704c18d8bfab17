"""Pages for staff about people and the portal around them."""
