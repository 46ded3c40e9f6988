"""What an organisation allows, as values and questions."""
