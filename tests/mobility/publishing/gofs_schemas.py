"""GOFS 1.0 as JSON schemas, written from the specification's tables: what is required, of which type, and nothing else."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
ID: Schema = {"type": "string", "pattern": r"^\S+$"}
IDS: Schema = {"type": "array", "items": ID, "minItems": 1}
URL: Schema = {"type": "string", "pattern": r"^https?://[^\s]+$"}
TIME: Schema = {"type": "string", "pattern": r"^\d{1,2}:[0-5]\d:[0-5]\d$"}
DAY: Schema = {"type": "string", "pattern": r"^20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"}
PHONE: Schema = {"type": "string", "pattern": r"^\+[1-9]\d{5,14}$"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MONEY: Schema = {"type": "number", "minimum": 0}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}


def thing(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    fields = required | (optional or {})
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False, **more}


def several(item: Schema, least: int = 1) -> Schema:
    return {"type": "array", "items": item, "minItems": least}


def frame(data: Schema) -> Schema:
    return thing(
        {"last_updated": {"type": "integer", "minimum": 1_450_155_600}, "ttl": COUNT, "version": {"const": "1.0"}, "data": data}
    )


POSITION = {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "minItems": 2, "maxItems": 2}
RING = {"type": "array", "items": POSITION, "minItems": 4}
PRICES = several(thing({}, {"interval": {"type": "number"}, "start": COUNT, "end": COUNT, "amount": MONEY}))
FEED_NAMES = (
    "gofs_versions", "system_information", "service_brands", "vehicle_types", "zones", "operating_rules", "calendars", "fares",
    "wait_time", "booking_rules", "realtime_booking",
)  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "gofs": frame(thing({"de": thing({"feeds": several(thing({"name": {"enum": FEED_NAMES}, "url": URL}))})})),
    "gofs_versions": frame(thing({"versions": several(thing({"version": TEXT, "url": URL}))})),
    "system_information": frame(
        thing(
            {"language": {"const": "de"}, "timezone": TEXT, "name": TEXT},
            {
                "short_name": TEXT,
                "operator": TEXT,
                "url": URL,
                "subscribe_url": URL,
                "start_date": DAY,
                "phone_number": PHONE,
                "email": TEXT,
            },
        )
    ),
    "service_brands": frame(thing({"service_brands": several(thing({"brand_id": ID, "brand_name": TEXT}))})),
    "vehicle_types": frame(
        thing(
            {
                "vehicle_types": several(
                    thing(
                        {"vehicle_type_id": ID},
                        {
                            "max_capacity": COUNT,
                            "wheelchair_boarding": {
                                "enum": ["boarding_accessible", "boarding_inaccessible", "boarding_accessible_with_assistance"]
                            },
                        },
                    )
                )
            }
        )
    ),
    "zones": frame(
        thing(
            {
                "zones": thing(
                    {
                        "type": {"const": "FeatureCollection"},
                        "features": several(
                            thing(
                                {
                                    "type": {"const": "Feature"},
                                    "zone_id": ID,
                                    "properties": thing({}, {"name": TEXT}),
                                    "geometry": thing({"type": {"const": "Polygon"}, "coordinates": several(RING)}),
                                }
                            )
                        ),
                    }
                )
            }
        )
    ),
    "operating_rules": frame(
        thing(
            {
                "operating_rules": several(
                    thing(
                        {"from_zone_id": ID, "to_zone_id": ID, "calendars": IDS, "vehicle_type_id": IDS},
                        {
                            "start_pickup_window": TIME,
                            "end_pickup_window": TIME,
                            "end_dropoff_window": TIME,
                            "brand_id": ID,
                            "fare_id": ID,
                        },
                        dependentRequired={
                            "end_pickup_window": ["start_pickup_window"],
                            "start_pickup_window": ["end_pickup_window"],
                        },
                    )
                )
            }
        )
    ),
    "calendars": frame(
        thing(
            {
                "calendars": several(
                    thing(
                        {"calendar_id": ID, "start_date": DAY, "end_date": DAY},
                        {
                            "days": several({"enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}),
                            "excepted_dates": several(DAY),
                        },
                    )
                )
            }
        )
    ),
    "fares": frame(
        thing(
            {
                "fares": several(
                    thing(
                        {"fare_id": ID, "currency": CURRENCY},
                        dict.fromkeys(("kilometer", "minute", "active_minute", "idle_minute", "rider", "luggage"), PRICES),
                    )
                )
            }
        )
    ),
    "booking_rules": frame(
        thing(
            {
                "booking_rules": several(
                    thing(
                        {"from_zone_ids": IDS, "booking_type": {"enum": [0, 1, 2]}},
                        {
                            "to_zone_ids": IDS,
                            "prior_notice_duration_min": COUNT,
                            "prior_notice_duration_max": COUNT,
                            "prior_notice_start_day": COUNT,
                            "prior_notice_start_time": TIME,
                            "message": TEXT,
                            "phone_number": PHONE,
                            "info_url": URL,
                            "booking_url": URL,
                        },
                        dependentRequired={"prior_notice_start_day": ["prior_notice_start_time"]},
                        allOf=[
                            {
                                "if": {"properties": {"booking_type": {"const": 1}}},
                                "then": {"required": ["prior_notice_duration_min"]},
                                "else": {"not": {"required": ["prior_notice_duration_min"]}},
                            },
                            {
                                "if": {"properties": {"booking_type": {"const": 0}}},
                                "then": {"not": {"required": ["prior_notice_start_day"]}},
                            },
                        ],
                    )
                )
            }
        )
    ),
    "wait_time": frame(thing({"wait_times": several(thing({"brand_id": ID, "wait_time": COUNT}), 0)})),
    "realtime_booking": frame(
        thing(
            {
                "realtime_booking": several(
                    thing(
                        {"brand_id": ID, "wait_time": COUNT},
                        {
                            "travel_time": COUNT,
                            "travel_cost": MONEY,
                            "travel_cost_currency": CURRENCY,
                            "booking_detail": thing(
                                {}, {"service_name": TEXT, "web_uri": URL, "phone_number": PHONE}, minProperties=1
                            ),
                        },
                        dependentRequired={"travel_cost": ["travel_cost_currency"]},
                    ),
                    0,
                )
            }
        )
    ),
}
