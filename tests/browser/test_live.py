"""A page that follows changes shows them without being loaded anew, and lets go of the server when it is closed."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import expect

from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from tests.browser.conftest import Served, Watched
from tests.county_web import RIDER


@pytest.fixture
def following(at_desk: Watched, served: Served) -> Watched:
    """The runs of the day as the desk sees them."""
    at_desk.sign_in_as("desk")
    at_desk.page.goto(f"{at_desk.address}/runs/today")
    at_desk.page.wait_for_function("performance.getEntriesByType('resource').some(entry => entry.name.includes('live.js'))")
    return at_desk


def test_a_ride_booked_elsewhere_appears(following: Watched, served: Served) -> None:
    page = following.page
    expect(page.get_by_text("1 Fahrt gebucht")).to_have_count(0)
    with page.expect_response(lambda answer: answer.url.endswith("/runs/today")):
        time.sleep(0.5)  # the stream is open by now
        served.web.book(served.web.ride())
    expect(page.get_by_text("1 Fahrt gebucht")).to_have_count(1)
    assert following.complaints == []


def test_a_busy_minute_is_not_the_end(at_desk: Watched, served: Served) -> None:
    """A browser gives a refused stream up; the page asks again."""
    page = at_desk.page
    page.clock.install()
    page.route("**/live?*", lambda route: route.fulfill(status=503), times=1)
    at_desk.sign_in_as("desk")
    with page.expect_response(lambda answer: "/live?" in answer.url):
        page.goto(f"{at_desk.address}/runs/today")
    served.web.book(served.web.ride())
    with page.expect_response(lambda answer: "/live?" in answer.url):
        page.clock.fast_forward(31_000)
    page.clock.resume()
    expect(page.get_by_text("1 Fahrt gebucht")).to_have_count(1)


def test_whoever_stands_on_a_button_stays_on_it_and_on_no_other(at_desk: Watched, served: Served) -> None:
    page, ours = (
        at_desk.page,
        """(at) => {
      const list = document.getElementById("runs");
      list.prepend(Object.assign(document.createElement("a"), { href: "/elsewhere", textContent: "first" }));
      list.querySelectorAll("a")[at].focus();
      return document.activeElement.href;
    }""",
    )
    web, booking = served.web, served.web.book(served.web.ride())
    at_desk.sign_in_as("desk")
    page.goto(f"{at_desk.address}/runs/today")
    stood_on = page.evaluate(ours, 1)
    assert web.call("desk", "DELETE", f"/bookings/{booking['id']}").status_code == 200
    expect(page.get_by_text("1 Fahrt gebucht")).to_have_count(0)
    assert page.evaluate("document.activeElement.href") == stood_on
    page.evaluate(ours, 0)
    web.book(web.ride())
    expect(page.get_by_text("1 Fahrt gebucht")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "runs", "what one stood on has gone"


def test_what_was_ticked_and_not_yet_sent_stays(at_desk: Watched, served: Served) -> None:
    web, page = served.web, at_desk.page
    run_id = web.book(web.ride())["legs"][0]["run_id"]
    at_desk.sign_in_as(web.driver_of(run_id))
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")
    page.get_by_text("Ich kann nicht weiterfahren").click()
    page.get_by_label("Das Fahrzeug ist kaputt").check()
    page.get_by_label("Ja, diese Tour fällt aus").check()
    page.evaluate("document.activeElement.blur()")
    county = web.county
    report_progress(county.context, county.desk, run_id, Progress(ProgressKind.DELAYED, county.clock(), delay_s=600))
    expect(page.get_by_text("10 Minuten später")).to_be_visible()
    expect(page.get_by_label("Das Fahrzeug ist kaputt")).to_be_visible()  # nor does what was opened fold up again
    expect(page.get_by_label("Das Fahrzeug ist kaputt")).to_be_checked()
    expect(page.get_by_label("Ja, diese Tour fällt aus")).to_be_checked()


def test_a_closed_page_gives_its_place_back(following: Watched, served: Served) -> None:
    changes = served.web.county.context.store._changes  # type: ignore[attr-defined] # who listens is nobody's business but this test's
    for _ in range(100):
        if changes._listeners:
            break
        time.sleep(0.05)
    assert changes._listeners
    following.page.close()
    for _ in range(100):
        if not changes._listeners:
            break
        time.sleep(0.05)
    assert not changes._listeners


def test_a_stream_ends_by_itself_and_names_what_changed(served: Served) -> None:
    booking = served.web.book(served.web.ride())
    topic, headers = f"booking:{booking['id']}", served.web.headers("desk")
    with httpx.stream("GET", f"{served.address}/live?topic={topic}&seconds=2", headers=headers, timeout=10) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == ": following"
        assert served.web.call("desk", "DELETE", f"/bookings/{booking['id']}").status_code == 200
        assert [line for line in lines if line.startswith("data:")] == [f"data: {topic}"]


def test_an_answer_to_a_form_is_not_asked_for_again(at_desk: Watched) -> None:
    """Its address knows only POST: the page stays as it is, and complains about nothing."""
    page = at_desk.page
    at_desk.sign_in_as("desk")
    page.goto(f"{at_desk.address}/desk/riders/{RIDER}")
    page.get_by_label("Wann").fill("bald")
    page.get_by_role("button", name="Angebote suchen").click()
    expect(page.locator("#rides[data-live]")).to_be_visible()
    time.sleep(1)  # a page that follows would have looked once more by now
    assert [complaint for complaint in at_desk.complaints if "422" not in complaint] == []
