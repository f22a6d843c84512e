"""What a person does at the door and with the own account."""
