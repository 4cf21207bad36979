"""Does every request get its answer, or a reason in JSON, and does none cost more than it may?"""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from residua.serve.bodies import HELD
from residua.ship.engine import BATCH
from tests.serve.conftest import call, exchange, picture

BRIGHT = picture(255)
JSON = "application/json"


def form(*files: bytes) -> tuple[bytes, str]:
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="%d.png"\r\n\r\n%b\r\n' % (number, data)
        for number, data in enumerate(files)
    )
    return parts + b"--x--\r\n", "multipart/form-data; boundary=x"


def test_a_picture_is_answered_alike_however_it_comes(make):
    server = make()
    bare, kind = form(BRIGHT)
    text = base64.b64encode(BRIGHT).decode()
    for body, content_type in (
        (BRIGHT, "image/png"),
        (picture(255, "JPEG"), "image/jpeg"),
        (BRIGHT, "application/octet-stream"),
        (BRIGHT, "application/x-www-form-urlencoded"),
        (bare, kind),
        (json.dumps({"image": text}).encode(), JSON),
        (json.dumps({"image": f"data:image/png;base64,{text}"}).encode(), f"{JSON}; charset=utf-8"),
    ):
        reply = server.post("/v1/predict?top=2", body, content_type=content_type)
        assert reply.status == 200, reply.body
        assert reply.json["top"][0] == {"label": "bright", "index": 2, "score": pytest.approx(1, abs=1e-3)}
        assert (len(reply.json["top"]), reply.json["model"]) == (2, "shades")
        assert reply.json["latency_ms"] > 0


def test_several_pictures_keep_their_order_and_a_bad_one_costs_no_other(make):
    server = make()
    body, kind = form(picture(0), BRIGHT[:40], picture(128))
    reply = server.post("/v1/predict", body, content_type=kind)
    assert reply.status == 200
    rows = reply.json["results"]
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png"]
    assert [row["top"][0]["label"] if row["top"] else None for row in rows] == ["dark", None, "grey <b>"]
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    listed = json.dumps({"images": ["no base64!", base64.b64encode(BRIGHT).decode()]}).encode()
    rows = server.post("/v1/predict", listed, content_type=JSON).json["results"]
    assert [bool(row["error"]) for row in rows] == [True, False]


def test_maps_say_where_a_class_was_seen_and_of_which_part(make):
    (first, *_) = make().post("/v1/predict?maps=true", BRIGHT).json["maps"]
    assert (first["index"], len(first["rows"]), len(first["rows"][0])) == (2, 2, 2)
    assert first["region"] == [0.25, 0, 0.75, 1]  # the centre of 20 × 10 pixels


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "no_picture"),
        (b"no picture", {}, 400, "unreadable"),
        (BRIGHT[:50], {"content_type": "image/png"}, 400, "unreadable"),
        (BRIGHT, {"content_type": "text/html"}, 415, "unsupported_type"),
        (b"{", {"content_type": JSON}, 400, "no_json"),
        (b"[" * 100_000, {"content_type": JSON}, 400, "no_json"),
        (b"[]", {"content_type": JSON}, 400, "no_pictures"),
        (b'{"image": 3}', {"content_type": JSON}, 400, "no_pictures"),
        (b'{"images": "YQ=="}', {"content_type": JSON}, 400, "no_pictures"),
        (b'{"image": "?"}', {"content_type": JSON}, 400, "no_base64"),
        (b'{"images": []}', {"content_type": JSON}, 400, "no_picture"),
        (b"--x", {"content_type": "multipart/form-data"}, 400, "no_form"),
        (b"\xff\xfe", {"content_type": "multipart/form-data; boundary=x"}, 400, "no_form"),
        (form(*[BRIGHT] * 4)[0], {"content_type": form()[1]}, 413, "too_many"),
        (json.dumps({"images": ["YQ=="] * 4}).encode(), {"content_type": JSON}, 413, "too_many"),
        (b"x" * (2**20 + 1), {}, 413, "too_large"),
        (b"", {"content_length": str(2**40)}, 413, "too_large"),
        (BRIGHT, {"host": "elsewhere.example"}, 421, "other_host"),
    ],
)
def test_what_cannot_be_answered_gets_a_reason(body, headers, status, code, make):
    reply = make(max_files=3, max_body=1).post("/v1/predict", body, **headers)
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["content-type"] == JSON


def test_wrong_addresses_and_parameters_get_a_reason_too(make):
    server = make()
    for path, status, code in (
        ("/nowhere", 404, "not_found"),
        ("/docs", 404, "not_found"),
        ("/redoc", 404, "not_found"),
        ("/v1/predict", 405, "other_method"),
    ):
        assert (server.get(path).status, server.get(path).code) == (status, code)
    for query in ("top=0", "top=many", "maps=perhaps"):
        assert server.post(f"/v1/predict?{query}", BRIGHT).code == "wrong_parameter"


def test_a_token_is_asked_for_except_by_probes_and_the_page(make):
    server = make(token="s" * 16)
    assert server.post("/v1/predict", BRIGHT, authorization=f"Bearer {'s' * 16}").status == 200
    for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {'s' * 16}"}):
        for path in ("/v1/model", "/metrics", "/openapi.json", "/nowhere"):
            reply = server.get(path, **given)
            assert (reply.status, reply.code, reply.headers["www-authenticate"]) == (401, "no_token", "Bearer")
    assert [server.get(path).status for path in ("/", "/healthz", "/readyz")] == [200, 200, 200]


def test_nothing_is_answered_before_the_canaries(make):
    server = make(opened=False)
    assert server.get("/healthz").status == 200
    for reply in (server.get("/readyz"), server.post("/v1/predict", BRIGHT)):
        assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "not_ready", "2")
    server.service.open(lambda _: None)
    assert server.get("/readyz").status == 200


def test_a_full_queue_says_when_to_come_again_and_those_that_wait_run_together(make):
    server = make(queue=2 * BATCH + 1, max_files=1)

    async def many() -> list[int]:
        server.engine.going.clear()
        asked = [
            asyncio.ensure_future(call(server.app, "POST", "/v1/predict", BRIGHT, {})) for _ in range(2 * BATCH + 1)
        ]
        while server.service.queue.places < 2 * BATCH + 1:
            await asyncio.sleep(0.001)
        late = await call(server.app, "POST", "/v1/predict", BRIGHT, {})
        assert (late.status, late.code) == (429, "busy")
        assert int(late.headers["retry-after"]) >= 1
        await asyncio.sleep(0.1)  # until all are decoded and wait
        server.engine.going.set()
        return [reply.status for reply in await asyncio.gather(*asked)]

    assert asyncio.run(many()) == [200] * (2 * BATCH + 1)
    assert sum(server.engine.sizes) == 2 * BATCH + 1
    assert set(server.engine.sizes) == {1, BATCH}
    assert server.service.queue.places == 0


def test_no_more_large_bodies_are_held_than_memory_is_meant_for_until_they_are_answered(make):
    server = make(max_body=1)
    large = json.dumps({"image": base64.b64encode(BRIGHT).decode()}).encode().ljust(2**20)

    async def many() -> list[str]:
        server.engine.going.clear()
        asked = [
            asyncio.ensure_future(call(server.app, "POST", "/v1/predict", large, {"content_type": JSON}))
            for _ in range(HELD)
        ]
        while server.service.queue.places < HELD:
            await asyncio.sleep(0.001)
        late = await call(server.app, "POST", "/v1/predict", large, {"content_type": JSON})
        server.engine.going.set()
        await asyncio.gather(*asked)
        again = await call(server.app, "POST", "/v1/predict", large, {"content_type": JSON})
        return [late.code, str(again.status)]

    assert asyncio.run(many()) == ["busy", "200"]


def test_a_client_that_goes_away_frees_its_place(make):
    server = make(queue=1, max_files=1)

    async def leaving() -> None:
        server.engine.going.clear()
        gone = asyncio.Event()
        coming = iter([{"type": "http.request", "body": BRIGHT, "more_body": False}])

        async def receive():
            message = next(coming, None)
            if message is None:
                await gone.wait()
                message = {"type": "http.disconnect"}
            return message

        asked = asyncio.ensure_future(exchange(server.app, "POST", "/v1/predict", {}, receive))
        while server.service.queue.places < 1:
            await asyncio.sleep(0.001)
        gone.set()
        await asked
        assert server.service.queue.places == 0
        server.engine.going.set()
        assert (await call(server.app, "POST", "/v1/predict", BRIGHT, {})).status == 200

    asyncio.run(leaving())


def test_a_client_that_goes_away_while_it_sends_is_no_bug_and_holds_nothing(make):
    server = make()
    coming = iter([{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}])

    async def receive():
        return next(coming)

    reply = asyncio.run(exchange(server.app, "POST", "/v1/predict", {}, receive))
    assert (reply.status, reply.code) == (499, "gone")
    assert 'status="499"} 1.0' in server.get("/metrics").body.decode()
    assert server.post("/v1/predict", BRIGHT).status == 200


def test_a_slow_client_and_a_slow_engine_end_in_time(make):
    server = make(seconds=0.05)

    async def slow() -> tuple[str, str]:
        coming = iter([{"type": "http.request", "body": b"x", "more_body": True}])

        async def receive():
            message = next(coming, None)
            if message is None:
                await asyncio.Event().wait()
            return message

        first = await exchange(server.app, "POST", "/v1/predict", {}, receive)
        server.engine.going.clear()
        second = await call(server.app, "POST", "/v1/predict", BRIGHT, {})
        server.engine.going.set()
        return first.code, second.code

    assert asyncio.run(slow()) == ("slow", "busy")


def test_an_engine_that_fails_once_answers_the_next(make, caplog):
    server = make()
    server.engine.fails = True
    with pytest.raises(RuntimeError, match="the engine has failed"):  # the framework answers, then hands it to the log
        server.post("/v1/predict", BRIGHT)
    server.engine.fails = False
    assert server.post("/v1/predict", BRIGHT).status == 200


def test_the_model_metrics_and_description_tell_what_is_served(make):
    server = make()
    server.post("/v1/predict", BRIGHT)
    server.post("/v1/predict", b"no picture")
    model = server.get("/v1/model").json
    assert (model["classes"], model["precision"], model["verified"]["samples"]) == (
        ["dark", "grey <b>", "bright"], "fp32", 360,
    )  # fmt: skip
    text = server.get("/metrics").body.decode()
    assert 'residua_requests_total{route="/v1/predict",status="200"} 1.0' in text
    assert 'residua_requests_total{route="/v1/predict",status="400"} 1.0' in text
    assert 'residua_pictures_total{outcome="answered"} 1.0' in text
    described = server.get("/openapi.json").json["paths"]
    assert set(described) == {"/v1/predict", "/v1/model", "/healthz", "/readyz", "/metrics"}
    assert {"200", "400", "413", "429"} <= set(described["/v1/predict"]["post"]["responses"])


def test_the_page_is_escaped_and_may_load_nothing_from_elsewhere(make):
    reply = make().get("/")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert b"http://" not in reply.body
    assert b"https://" not in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"
