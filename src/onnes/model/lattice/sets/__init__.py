"""Ready tight-binding sets with their sources, and the checks they pass when they are loaded."""
