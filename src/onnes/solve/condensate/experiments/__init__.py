"""What an experimenter does with a film in one call: current-voltage curves, loops, critical currents, cooling."""
