"""A service day on a virtual clock, with the real actions and the memory store: "what if two more vehicles?".

There is no second dispatcher here: riders ask with ``offer_rides`` and accept with ``book_ride``, vehicles report with
``report_progress``, the worker's jobs run when they are due.

The door (``mobility.simulation.simulating``), for a worker's job that a planner's page starts::

    scene = scene_of(context, agency_id, day, ["auental-bus"])  # services, drivers, shifts, streets and feed as they are in use
    scene = with_more_vehicles(scene, "auental-bus", day, 2)
    wishes = invent_wishes(scene, day, count=200, seed=7)       # or read_wishes(file, scene, day)
    result = simulate(SimulationOrder(scene, day, wishes, out), tell, is_cancelled)
    result.kpis["served_share"], result.pictures                # SVG files in out, German words in them
    result = read_result(out)                                   # any time later

``tell(step, done, total)`` is called after every event, ``is_cancelled()`` asked as often (SimulationCancelledError leaves, nothing is
written). ``out`` appears whole or not at all. What goes in and comes out is in :mod:`mobility.simulation.order`.
"""
