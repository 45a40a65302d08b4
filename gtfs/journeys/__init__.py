"""Journeys by timetable: :class:`gtfs.journeys.planner.JourneyPlanner`."""
