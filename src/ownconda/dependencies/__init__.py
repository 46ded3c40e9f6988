"""What needs what: recipes, package files and channels joined to one graph, and questions to it."""
