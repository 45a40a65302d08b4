"""What the validator's findings mean for passengers. All of them are hints: what decides is our own reading (:mod:`gtfs.rules`), which has
seen for itself whether a feed can be used. Severity there speaks of the specification, not of passengers.
"""

from __future__ import annotations

from gtfs.outcomes import EXPORT, EXPORT_DE, Rule, accept

COVERED = frozenset(
    {
        "csv_parsing_failed", "decreasing_or_equal_stop_time_distance", "duplicate_geo_json_key", "duplicate_key", "duplicated_column",
        "empty_column_name", "empty_file", "empty_row", "expired_calendar", "feed_expiration_date30_days", "feed_expiration_date7_days",
        "invalid_character", "invalid_date", "invalid_float", "invalid_geometry", "invalid_input_files_in_subfolder",
        "invalid_integer", "invalid_row_length", "invalid_time", "invalid_timezone", "malformed_json", "missing_calendar_and_calendar_date_files",
        "missing_required_column", "missing_required_file", "missing_trip_edge", "number_out_of_range", "point_near_origin", "point_near_pole",
        "stop_time_with_arrival_before_previous_departure_time",
        "stop_time_with_only_arrival_or_departure_time", "stop_without_location",         "trip_coverage_not_active_for_next7_days", "unexpected_enum_value", "unusable_trip", "unsorted_stop_times", "unused_trip",
    }
)  # fmt: skip
"""Told by our own checks, in other words, or nobody's concern."""

_QUIET = frozenset(
    {
        "equal_shape_distance_same_coordinates", "equal_shape_distance_diff_coordinates_distance_below_threshold",
        "feed_info_lang_and_agency_lang_mismatch", "geo_json_unknown_element", "google_ic_price_check", "google_transfer_type_check",
        "inconsistent_agency_lang", "leading_or_trailing_whitespaces", "missing_feed_contact_email_and_url", "missing_feed_info_date",
        "missing_recommended_column", "missing_recommended_field", "missing_recommended_file", "missing_timepoint_value",
        "mixed_case_recommended_field", "new_line_in_value", "non_ascii_or_non_printable_char", "route_long_name_contains_short_name",
        "service_has_no_active_day_of_the_week", "service_window_outside_feed_period", "single_shape_point", "stop_without_zone_id",
        "trip_distance_exceeds_shape_distance_below_threshold", "unknown_column", "unknown_file", "unused_shape", "unused_station",
    }
)  # fmt: skip
"""Of no consequence for passengers."""

GAVE_UP = frozenset(
    {"i_o_error", "runtime_exception_in_loader_error", "runtime_exception_in_validator_error", "thread_execution_error"}
)
"""The validator did not look at the whole feed."""

PASSED_OVER = COVERED | _QUIET

_SENTENCES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "fast_travel_between_consecutive_stops fast_travel_between_far_stops",
        "On the trip {subject} the vehicle would be faster than it can be; passengers wait for a bus that comes later.",
        "Check times and positions of the two stops.",
        "Auf der Fahrt {subject} wäre das Fahrzeug schneller, als es kann; Fahrgäste warten auf einen Bus, der später kommt.",
        "Zeiten und Lage der beiden Haltestellen prüfen.",
    ),
    (
        "block_trips_with_overlapping_stop_times inconsistent_route_type_for_block_id",
        "{subject}: one vehicle would drive two trips at the same time; one of them may not run.",
        "Check the vehicle's block_id.",
        "{subject}: Ein Fahrzeug führe zwei Fahrten zugleich; eine davon fällt vielleicht aus.",
        "Den Umlauf (block_id) prüfen.",
    ),
    (
        "stop_without_stop_time unused_stop unused_parent_station",
        "No trip serves the stop {subject}; passengers find it and no bus.",
        "Leave the stop out, or add its departures.",
        "Keine Fahrt bedient die Haltestelle {subject}; Fahrgäste finden sie, aber keinen Bus.",
        "Die Haltestelle weglassen oder ihre Abfahrten ergänzen.",
    ),
    (
        "unused_route unused_agency",
        "The line or agency {subject} has no trips.",
        "Leave it out, or add its trips.",
        "Die Linie oder das Unternehmen {subject} hat keine Fahrten.",
        "Weglassen oder die Fahrten ergänzen.",
    ),
    (
        "duplicate_trip",
        "The trip {subject} is there twice; passengers see the same departure two times.",
        EXPORT,
        "Die Fahrt {subject} gibt es doppelt; Fahrgäste sehen dieselbe Abfahrt zweimal.",
        EXPORT_DE,
    ),
    (
        "duplicate_route_name same_name_and_description_for_route same_route_and_agency_url",
        "Two lines are called {subject}; passengers cannot tell them apart.",
        "Give each line a name of its own.",
        "Zwei Linien heißen {subject}; Fahrgäste können sie nicht unterscheiden.",
        "Jeder Linie einen eigenen Namen geben.",
    ),
    (
        "route_both_short_and_long_name_missing",
        "The line {subject} has no name; passengers see only its colour or nothing.",
        "Give it a number or a name.",
        "Die Linie {subject} hat keinen Namen; Fahrgäste sehen nichts, was am Bus steht.",
        "Eine Nummer oder einen Namen angeben.",
    ),
    (
        "route_short_name_too_long",
        'The line number "{subject}" is longer than signs can show.',
        "Use the number on the bus; put the rest into route_long_name.",
        'Die Liniennummer "{subject}" ist länger, als Anzeigen zeigen können.',
        "Die Nummer am Bus verwenden; das Übrige in route_long_name.",
    ),
    (
        "missing_stop_name same_name_and_description_for_stop same_stop_and_agency_url same_stop_and_route_url",
        "The stop {subject} has no name, address or description of its own.",
        "Give the stop the name that stands on its sign.",
        "Die Haltestelle {subject} hat keinen Namen, keine Adresse oder Beschreibung für sich.",
        "Der Haltestelle den Namen geben, der auf dem Schild steht.",
    ),
    (
        (
            "stop_too_far_from_shape stop_too_far_from_shape_using_user_distance stops_match_shape_out_of_order "
            "stop_has_too_many_matches_for_shape trip_distance_exceeds_shape_distance decreasing_shape_distance "
            "equal_shape_distance_diff_coordinates trip_with_shape_dist_traveled_but_no_shape_distances"
        ),
        "The line drawn on maps does not fit the stops ({subject}); times and rides are not affected.",
        "Correct shapes.txt, or leave it out.",
        "Der Linienverlauf auf Karten passt nicht zu den Haltestellen ({subject}); Zeiten und Fahrten sind nicht betroffen.",
        "shapes.txt berichtigen oder weglassen.",
    ),
    (
        "transfer_distance_above_2_km transfer_distance_too_large",
        "A change of more than two kilometres on foot is planned ({subject}).",
        "Check transfers.txt.",
        "Ein Umstieg mit mehr als zwei Kilometern Fußweg ist vorgesehen ({subject}).",
        "transfers.txt prüfen.",
    ),
    (
        (
            "transfer_with_invalid_stop_location_type transfer_with_invalid_trip_and_route transfer_with_invalid_trip_and_stop "
            "transfer_with_suspicious_mid_trip_in_seat inconsistent_route_type_for_in_seat_transfer"
        ),
        "A change between trips cannot be as it is written ({subject}); it may not be offered.",
        "Check transfers.txt.",
        "Ein Umstieg kann so nicht sein ({subject}); er wird vielleicht nicht angeboten.",
        "transfers.txt prüfen.",
    ),
    (
        "big_gap_in_service too_many_days_without_service service_never_active",
        "There are many days without any trip ({subject}).",
        "Check calendar.txt and calendar_dates.txt.",
        "An vielen Tagen gibt es keine Fahrt ({subject}).",
        "calendar.txt und calendar_dates.txt prüfen.",
    ),
    (
        "future_calendar future_feed",
        "The timetable begins later ({subject}); until then there are no departures.",
        "Put it into use on its first day.",
        "Der Fahrplan beginnt erst später ({subject}); bis dahin gibt es keine Abfahrten.",
        "Erst am ersten Tag in Gebrauch nehmen.",
    ),
    (
        "service_extends_far_in_the_future feed_valid_beyond_total_service_window",
        "The timetable says it holds longer than can be known ({subject}).",
        "Give the last day that is planned.",
        "Der Fahrplan soll länger gelten, als man wissen kann ({subject}).",
        "Den letzten geplanten Tag angeben.",
    ),
    (
        "overlapping_frequency headway_too_large start_and_end_range_equal start_and_end_range_out_of_order",
        "Spans of time overlap or are empty ({subject}); departures may be told twice or not at all.",
        "Check frequencies.txt and timeframes.txt.",
        "Zeiträume überschneiden sich oder sind leer ({subject}); Abfahrten erscheinen vielleicht doppelt oder gar nicht.",
        "frequencies.txt und timeframes.txt prüfen.",
    ),
    (
        (
            "overlapping_zone_and_pickup_drop_off_window invalid_pickup_drop_off_window missing_pickup_or_drop_off_window "
            "forbidden_arrival_or_departure_time forbidden_pickup_type forbidden_drop_off_type forbidden_shape_dist_traveled "
            "forbidden_continuous_pickup_drop_off missing_stop_times_record location_with_unexpected_stop_time forbidden_geography_id"
        ),
        "An on-demand trip is not written as trip planners expect it ({subject}); they may not show it.",
        "Write two rows per trip with windows, and pickup_type and drop_off_type 1 or 2.",
        "Eine Bedarfsfahrt ist nicht so geschrieben, wie Auskünfte es erwarten ({subject}); sie zeigen sie vielleicht nicht.",
        "Je Fahrt zwei Zeilen mit Zeitfenstern schreiben, pickup_type und drop_off_type 1 oder 2.",
    ),
    (
        (
            "missing_pickup_drop_off_booking_rule_id missing_prior_day_booking_field_value missing_prior_notice_duration_min "
            "missing_prior_notice_last_day missing_prior_notice_last_time missing_prior_notice_start_time "
            "forbidden_prior_day_booking_field_value forbidden_prior_notice_start_day forbidden_prior_notice_start_time "
            "forbidden_real_time_booking_field_value forbidden_same_day_booking_field_value invalid_prior_notice_duration_min "
            "prior_notice_last_day_after_start_day"
        ),
        "How far ahead a ride must be booked is not said in full ({subject}); passengers may call too late.",
        "Check booking_rules.txt.",
        "Wie lange vorher zu bestellen ist, steht nicht vollständig da ({subject}); Fahrgäste rufen vielleicht zu spät an.",
        "booking_rules.txt prüfen.",
    ),
    (
        "invalid_phone_number agency_phone_invalid",
        'The telephone number "{subject}" cannot be dialled.',
        "Write it as +49 3876 1234.",
        'Die Telefonnummer "{subject}" lässt sich nicht wählen.',
        "Als +49 3876 1234 schreiben.",
    ),
    (
        "invalid_url u_r_i_syntax_error invalid_email",
        'The address "{subject}" cannot be opened.',
        "Write web addresses with https://, e-mail addresses with an @.",
        'Die Adresse "{subject}" lässt sich nicht öffnen.',
        "Webadressen mit https://, E-Mail-Adressen mit @ schreiben.",
    ),
    (
        "invalid_color route_color_contrast",
        "The line's colours can hardly be read ({subject}).",
        "Choose colours with more contrast.",
        "Die Farben der Linie sind kaum zu lesen ({subject}).",
        "Farben mit mehr Kontrast wählen.",
    ),
    (
        (
            "location_without_parent_station station_with_parent_station wrong_parent_location_type platform_without_parent_station "
            "stop_access_specified_for_incorrect_location stop_access_specified_for_stop_with_no_parent_station missing_level_id"
        ),
        "The stop {subject} and its station do not fit each other; the stop stays where it is.",
        "Check location_type and parent_station.",
        "Die Haltestelle {subject} und ihre Station passen nicht zusammen; die Haltestelle bleibt, wo sie ist.",
        "location_type und parent_station prüfen.",
    ),
    (
        (
            "bidirectional_exit_gate pathway_dangling_generic_node pathway_loop pathway_to_platform_with_boarding_areas "
            "pathway_to_stop_with_access_outside_of_station_pathways pathway_to_wrong_location_type pathway_unreachable_location"
        ),
        "Ways within a station are not complete ({subject}); wheelchair users may be led wrong.",
        "Check pathways.txt.",
        "Wege in einer Station sind nicht vollständig ({subject}); wer im Rollstuhl fährt, wird vielleicht falsch geführt.",
        "pathways.txt prüfen.",
    ),
    (
        (
            "attribution_without_role duplicate_fare_media fare_product_with_multiple_default_rider_categories "
            "fare_transfer_rule_duration_limit_type_without_duration_limit fare_transfer_rule_duration_limit_without_type "
            "fare_transfer_rule_invalid_transfer_count fare_transfer_rule_with_forbidden_transfer_count "
            "fare_transfer_rule_without_transfer_count invalid_currency invalid_currency_amount route_networks_specified_in_more_than_one_file "
            "timeframe_only_start_or_end_time_specified timeframe_overlap timeframe_start_or_end_time_greater_than_twenty_four_hours"
        ),
        "Fares or attributions are not complete ({subject}); other trip planners may show a wrong price.",
        "Check the fare files.",
        "Tarife oder Zuschreibungen sind nicht vollständig ({subject}); andere Auskünfte zeigen vielleicht einen falschen Preis.",
        "Die Tarifdateien prüfen.",
    ),
    (
        "stop_headsign_invalid_char trip_headsign_matches_intermediate_stop",
        'The headsign "{subject}" is not the destination; passengers may board the wrong direction.',
        "Write what stands on the front of the bus.",
        'Das Fahrtziel "{subject}" ist nicht das Ziel; Fahrgäste steigen vielleicht in die falsche Richtung ein.',
        "Angeben, was vorn am Bus steht.",
    ),
    (
        (
            "translation_foreign_key_violation translation_unexpected_value translation_unknown_table_name invalid_language_code "
            "duplicate_geography_id"
        ),
        "A translation or id has nothing that it belongs to ({subject}).",
        EXPORT,
        "Eine Übersetzung oder Kennung gehört zu nichts ({subject}).",
        EXPORT_DE,
    ),
    (
        (
            "inconsistent_agency_timezone missing_required_agency_id missing_required_field missing_required_element foreign_key_violation "
            "stop_time_timepoint_without_times missing_bike_allowance more_than_one_entity geo_json_duplicated_element unsupported_feature_type "
            "unsupported_geo_json_type unsupported_geometry_type too_many_rows"
        ),
        "Something that the specification asks for is missing or refers to nothing ({subject}); here it is not needed.",
        EXPORT,
        "Etwas, was die Spezifikation verlangt, fehlt oder verweist auf nichts ({subject}); hier wird es nicht gebraucht.",
        EXPORT_DE,
    ),
)

VALIDATOR_RULES: dict[str, Rule] = {
    **{code: accept(*sentences) for codes, *sentences in _SENTENCES for code in codes.split()},
    "validator_other": accept('The validator says "{subject}".', EXPORT, 'Der Prüfer meldet "{subject}" (englisch).', EXPORT_DE),
    "validator_absent": accept(
        "The validator gtfs-guru is not installed; only our own checks were made.",
        "Whoever runs the service can install it: pip install gtfs-guru.",
        "Der Prüfer gtfs-guru ist nicht installiert; nur die eigenen Prüfungen wurden gemacht.",
        "Wer den Dienst betreibt, kann ihn nachinstallieren: pip install gtfs-guru.",
    ),
    "validator_skipped": accept(
        "The feed is too large for the validator gtfs-guru ({subject}); our own checks were made.",
        "Nothing needs to be done.",
        "Der Fahrplan ist zu groß für den Prüfer gtfs-guru ({subject}); die eigenen Prüfungen wurden gemacht.",
        "Es ist nichts zu tun.",
    ),
    "validator_failed": accept(
        "The validator gtfs-guru gave up on this feed ({subject}); our own checks were made.",
        "Nothing needs to be done.",
        "Der Prüfer gtfs-guru hat bei diesem Fahrplan aufgegeben ({subject}); die eigenen Prüfungen wurden gemacht.",
        "Es ist nichts zu tun.",
    ),
}
