"""What the meter does with energy once it is booked: tariffs, demand, billing and the like."""
