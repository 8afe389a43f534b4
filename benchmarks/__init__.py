"""What things cost, measured side by side on one machine; nothing of it is in the package that users install."""
