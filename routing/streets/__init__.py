"""Streets from an OpenStreetMap extract: travel times, routes, addresses."""
