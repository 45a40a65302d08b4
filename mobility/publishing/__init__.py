"""What the world is told: services as feeds that trip planners read, and what such feeds cannot say."""
