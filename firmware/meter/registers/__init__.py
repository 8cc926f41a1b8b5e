"""The values of the meter: their names, their forms and who knows them."""
