#!/usr/bin/env python3
"""Pays, repeats, lists, cancels and receives webhooks: a client of the sandbox that shares nothing with the Rust ones.

It was written from the API's document (openapi/dots.yaml) and the sandbox's README alone, with the standard library
for HTTP. Every webhook is verified with the packages `svix` and `standardwebhooks`, and once more by hand: the Python
package `svix` hands its work on to `standardwebhooks`, so those two are one opinion under two sets of header names.

    python3 -m venv venv && venv/bin/pip install svix standardwebhooks
    venv/bin/python independent_client.py --base-url http://127.0.0.1:4010/api

The address and the credentials may stand in DOTS_BASE_URL, DOTS_CLIENT_ID and DOTS_API_KEY instead. It talks to this
machine only. It says what it does, line by line, and ends with 1 when anything is off, with 2 when it cannot begin.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import standardwebhooks
    import svix.webhooks
except ImportError as error:
    print(f"cannot begin: {error}; install the verifiers with `pip install svix standardwebhooks`", file=sys.stderr)
    sys.exit(2)

PHONE = {"country_code": "1", "phone_number": "2025550139"}
# What the page of send-payout shows in its answer (apireference/payouts/send-a-payout).
LINK_FIELDS = "id created link amount status payee delivery tax_exempt claimed_user_id flow_id metadata".split()
# How long anything may take, in seconds of this machine; only something that is broken takes so long.
PATIENCE = 60
# What the sandbox does to a delivery on demand, and what no verifier may let pass.
TAMPERING = ["tampered-body", "tampered-signature", "stale-timestamp", "unsigned"]


class Off(Exception):
    """Something is not as it is documented."""


def say(text):
    print(text, flush=True)


def check(holds, otherwise):
    if not holds:
        raise Off(otherwise)


# ---- HTTP


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Credentials go to one address; a redirect is an error like any other."""

    def redirect_request(self, *_):
        return None


class Http:
    """Sends JSON to one base URL, and reads JSON."""

    def __init__(self, base_url, credentials=None):
        self.base_url = base_url.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
        self.headers = {"accept": "application/json"}
        if credentials:
            basic = base64.b64encode(":".join(credentials).encode()).decode()
            self.headers["authorization"] = f"Basic {basic}"

    def send(self, method, path, body=None, **query):
        """Returns the status and the body of the answer."""
        url = self.base_url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        data, headers = None, dict(self.headers)
        if body is not None:
            data, headers["content-type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def expect(self, wanted, method, path, body=None, **query):
        """Returns the body of an answer that must have this status."""
        status, answer = self.send(method, path, body, **query)
        check(status == wanted, f"{method} {path} answered {status} instead of {wanted}: {answer}")
        return answer

    def refuses(self, wanted, method, path, body=None, **query):
        """Returns the message of a refusal, which has `success` and `message` (apireference/organizations)."""
        answer = self.expect(wanted, method, path, body, **query)
        check(answer.get("success") is False, f"a refusal says `success`: {answer}")
        check(isinstance(answer.get("message"), str), f"a refusal has no message: {answer}")
        return answer["message"]


def cents(value):
    """Reads an amount: whole cents, as a number or as text with or without decimals (guides/flow-payouts)."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Off(f"an amount is not a number: {value!r}") from None
    check(not isinstance(value, bool) and amount == int(amount), f"an amount is not whole cents: {value!r}")
    return int(amount)


# ---- webhooks


def verified_by_hand(secret, headers, body):
    """Verifies as Svix writes it down: HMAC-SHA256 over `id.timestamp.body`, within five minutes."""
    family = "svix" if "svix-id" in headers else "webhook"
    parts = [headers.get(f"{family}-{name}", "") for name in ("id", "timestamp", "signature")]
    identity, timestamp, signatures = parts
    if not (identity and timestamp.isdigit()) or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    own = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for signature in signatures.split():
        version, _, text = signature.partition(",")
        try:
            if version == "v1" and hmac.compare_digest(own, base64.b64decode(text, validate=True)):
                return True
        except binascii.Error:
            continue
    return False


def verified_by_package(verify, failure, headers, body):
    try:
        verify(body, headers)
        return True
    except (failure, ValueError):
        # A ValueError is a signature that is not base64, which the packages do not catch themselves.
        return False


def verdicts(secret, headers, body):
    """Asks all three verifiers; the names of the headers are those of Svix or of Standard Webhooks."""
    renamed = {name.replace("svix-", "webhook-", 1): value for name, value in headers.items()}
    of_svix, of_standard = svix.webhooks.Webhook(secret), standardwebhooks.Webhook(secret)
    return {
        "svix": verified_by_package(of_svix.verify, svix.webhooks.WebhookVerificationError, headers, body),
        "standardwebhooks": verified_by_package(
            of_standard.verify, standardwebhooks.WebhookVerificationError, renamed, body
        ),
        "by hand": verified_by_hand(secret, headers, body),
    }


class Receiver:
    """Listens on loopback for deliveries, verifies each in all three ways and keeps it."""

    def __init__(self):
        self.secrets, self.received, self.changed = {}, [], threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                accepted = receiver.take(self.path, headers, body)
                self.send_response(204 if accepted else 400)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def take(self, path, headers, body):
        secret = self.secrets.get(path)
        judged = verdicts(secret, headers, body) if secret else {}
        delivery = {"path": path, "headers": headers, "body": body, "judged": judged}
        with self.changed:
            self.received.append(delivery)
            self.changed.notify_all()
        return bool(judged) and all(judged.values())

    def wait(self, what, wanted):
        """Waits until what has come in is what is wanted, and returns it."""
        with self.changed:
            there = self.changed.wait_for(lambda: wanted(self.received), timeout=PATIENCE)
            check(there, f"waited {PATIENCE} seconds for {what}, and {len(self.received)} deliveries came")
            return list(self.received)


def accepted(delivery):
    return bool(delivery["judged"]) and all(delivery["judged"].values())


def told(deliveries, path, event):
    """What an endpoint was told of one kind of event, by deliveries that were accepted."""
    bodies = [json.loads(delivery["body"]) for delivery in deliveries if delivery["path"] == path and accepted(delivery)]
    return [body for body in bodies if body.get("event") == event]


# ---- the story


def wallet(api):
    """Reads the wallet of the app; `GET /v2/apps` is a bare list, and balances are text (apireference/apps)."""
    apps = api.expect(200, "GET", "/v2/apps")
    check(isinstance(apps, list) and len(apps) == 1, f"there should be one app: {apps}")
    return cents(apps[0]["metrics"]["wallet_balance"])


def walk(api, path, limit):
    """Reads a list to its end, page by page."""
    rows, query = [], {"limit": limit}
    while True:
        page = api.expect(200, "GET", path, **query)
        check(len(page["data"]) <= limit, f"a page of {path} is longer than {limit}")
        rows += page["data"]
        if not page["has_more"]:
            return rows
        check(page["data"], f"an empty page of {path} says that there is more")
        query["starting_after"] = page["data"][-1]["id"]


def register(sandbox, receiver):
    for path, headers in [("/svix", "svix"), ("/standard", "standard")]:
        endpoint = sandbox.expect(201, "POST", "/webhooks", {"url": receiver.url(path), "headers": headers})
        receiver.secrets[path] = endpoint["secrets"][0]
    say("registered two endpoints: one with Svix' header names, one with those of Standard Webhooks")


def is_refused_without_the_right_key(base_url):
    message = Http(base_url, ("pk_dev_sandbox", "wrong")).refuses(401, "GET", "/v2/payout-links")
    say(f"was refused with a wrong key: {message}")


def payout():
    return {
        "amount": 1000,
        "payee": PHONE,
        "delivery": {"message": "Thank you for March."},
        "force_collect_compliance_information": False,
        "additional_steps": ["compliance"],
        "tax_exempt": False,
        "metadata": {"invoice": "881"},
        "memo": "Invoice 881",
        "idempotency_key": str(uuid.uuid4()),
        "payout_fee_party": "platform",
        "accounting_data": {"quickbooks_account_id": 7, "quickbooks_class_id": 8},
    }


def pays(api, body):
    before = wallet(api)
    link = api.expect(201, "POST", "/v2/payouts/send-payout", body)
    missing = [field for field in LINK_FIELDS if field not in link]
    check(not missing, f"the answer lacks {missing}")
    uuid.UUID(link["id"])
    datetime.fromisoformat(link["created"].replace("Z", "+00:00"))
    check(link["link"].startswith("http"), f"the link is not an address: {link['link']}")
    check(cents(link["amount"]) == 1000 and link["status"] == "created", f"not the payout that was asked for: {link}")
    check(link["payee"].items() >= PHONE.items(), f"another payee: {link['payee']}")
    check(link["metadata"] == body["metadata"], f"other metadata: {link['metadata']}")
    check(wallet(api) == before - 1000, "the wallet did not pay 1000 cents")
    say(f"paid 1000 cents: link {link['id']}, {link['status']}")
    return link


def pays_once(api, body, link):
    before = wallet(api)
    again = api.expect(201, "POST", "/v2/payouts/send-payout", body)
    check(again["id"] == link["id"], f"the same key paid again: {again['id']}")
    other = api.expect(201, "POST", "/v2/payouts/send-payout", {**body, "amount": 2})
    check((other["id"], cents(other["amount"])) == (link["id"], 1000), "the same key with another amount paid again")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: api.expect(201, "POST", "/v2/payouts/send-payout", body), range(8)))
    check({answer["id"] for answer in answers} == {link["id"]}, "the same key, eight times at once, paid again")
    rows = [row["id"] for row in walk(api, "/v2/payout-links", 100)]
    check(rows.count(link["id"]) == 1, f"the payout is {rows.count(link['id'])} times in the list")
    check(wallet(api) == before, "a repeat took money from the wallet")
    say("repeated it ten times with the same key, eight of them at once: one payout")


def is_told_what_is_wrong(api):
    message = api.refuses(400, "POST", "/v2/payouts/send-payout", {"amount": 0, "payee": PHONE})
    check("amount" in message, f"the refusal does not name the field: {message}")
    say(f"was refused a payout of nothing: {message}")


def lists(api, link):
    made = [api.expect(201, "POST", "/v2/payout-links", {"amount": amount})["id"] for amount in range(1, 8)]
    wanted = {link["id"], *made}
    for limit in (1, 3, 8, 100):
        rows = [row["id"] for row in walk(api, "/v2/payout-links", limit)]
        check(len(rows) == len(set(rows)), f"a row came twice with {limit} rows a page")
        check(set(rows) == wanted, f"{len(wanted)} links were made and {len(rows)} are listed")
    back = api.expect(200, "GET", "/v2/payout-links", limit=3, ending_before=rows[-1])
    check([row["id"] for row in back["data"]] == rows[-4:-1], "the page before the last row is another one")
    api.refuses(400, "GET", "/v2/payout-links", limit=101)
    say(f"listed {len(rows)} links to the end, by 1, 3, 8 and 100, and once backwards")
    return made


def cancels(api, made):
    before, canceled = wallet(api), made[-1]
    answer = api.expect(200, "DELETE", f"/v2/payout-links/{canceled}")
    check((answer["id"], answer["status"]) == (canceled, "canceled"), f"not canceled: {answer}")
    check(wallet(api) == before + 7, "the money of the canceled link did not come back")
    found = api.expect(200, "GET", f"/v2/payout-links/{canceled}")
    check(found["status"] == "canceled", f"canceled, and yet {found['status']}")
    message = api.refuses(400, "DELETE", f"/v2/payout-links/{canceled}")
    check(wallet(api) == before + 7, "canceling twice gave money twice")
    say(f"canceled a link and got its 7 cents back, once: {message}")
    return canceled


def hears_of_it(receiver, link, made, canceled):
    def settled(received):
        heard = all(len(told(received, path, "payout_link.updated")) >= len(made) + 2 for path in receiver.secrets)
        return heard or not all(accepted(delivery) for delivery in received)

    received = receiver.wait("the webhooks about the links", settled)
    refused = [delivery["judged"] for delivery in received if not accepted(delivery)]
    check(not refused, f"deliveries that should be true were refused: {refused}")
    for path in receiver.secrets:
        updates = told(received, path, "payout_link.updated")
        check({update["id"] for update in updates} == {link["id"], *made}, f"{path} heard of other links")
        last = [update["status"] for update in updates if update["id"] == canceled][-1]
        check(last == "canceled", f"{path} heard last that the canceled link is {last}")
    say(f"received {len(received)} webhooks, each verified by svix, by standardwebhooks and by hand")
    return received


def lets_nothing_forged_pass(receiver, received):
    for path, secret in receiver.secrets.items():
        delivery = next(one for one in received if one["path"] == path)
        headers, body = delivery["headers"], delivery["body"]
        name = next(name for name in headers if name.endswith("-id"))
        forgeries = {
            "a body with one character more": (secret, headers, body + b" "),
            "a body with one bit less": (secret, headers, bytes([body[0] ^ 1]) + body[1:]),
            "another id": (secret, {**headers, name: headers[name] + "x"}, body),
            "another secret": ("whsec_" + base64.b64encode(b"x" * 24).decode(), headers, body),
        }
        for what, forged in forgeries.items():
            judged = verdicts(*forged)
            check(not any(judged.values()), f"{what} passed at {path}: {judged}")
    say("forged four of each kind: none passed any verifier")


def refuses_what_was_tampered_with(sandbox, receiver):
    for fault in TAMPERING:
        seen = len(receiver.received)
        sandbox.expect(200, "POST", "/webhooks/misbehave", {"fault": fault, "event": "user.updated", "times": 2})
        sandbox.expect(200, "POST", "/webhooks/emit", {"event": "user.updated"})
        wrong = receiver.wait(f"two deliveries, {fault}", lambda received: len(received) >= seen + 2)[seen:]
        passed = [one["judged"] for one in wrong if any(one["judged"].values())]
        check(len(wrong) == 2 and not passed, f"{fault} passed: {passed}")
        sandbox.expect(200, "POST", "/clock", {"seconds": 5})
        true = receiver.wait("the true ones after it", lambda received: len(received) >= seen + 4)[seen + 2 :]
        check(all(accepted(one) for one in true), f"the true ones after {fault} were refused: {true}")
        check({one["path"] for one in true} == set(receiver.secrets), f"not every endpoint was told again after {fault}")
    say(f"refused deliveries that were {', '.join(TAMPERING)}; the true ones followed five seconds later")


def accounts_for_every_cent(api, sandbox, funds):
    rows = walk(api, "/v2/payout-links", 3)
    open_links = sum(cents(row["amount"]) for row in rows if row["status"] != "canceled")
    check(wallet(api) == funds - open_links, f"{funds - wallet(api)} cents left the wallet for links of {open_links}")
    audit = sandbox.expect(200, "GET", "/audit")
    check(audit["balanced"] and audit["links"] == open_links, f"the sandbox counts otherwise: {audit}")
    say(f"accounted for every cent: {open_links} in {len(rows) - 1} open links, the rest in the wallet")


def story(base_url, credentials):
    api = Http(base_url, credentials)
    sandbox = Http(base_url.rstrip("/").removesuffix("/api") + "/_sandbox")
    receiver = Receiver()
    register(sandbox, receiver)
    is_refused_without_the_right_key(base_url)
    funds, body = wallet(api), payout()
    link = pays(api, body)
    pays_once(api, body, link)
    is_told_what_is_wrong(api)
    made = lists(api, link)
    canceled = cancels(api, made)
    received = hears_of_it(receiver, link, made, canceled)
    lets_nothing_forged_pass(receiver, received)
    refuses_what_was_tampered_with(sandbox, receiver)
    accounts_for_every_cent(api, sandbox, funds)
    say("all of it as documented")


def is_this_machine(base_url):
    host = urllib.parse.urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main():
    setting = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", default=setting("DOTS_BASE_URL", "http://127.0.0.1:4010/api"))
    parser.add_argument("--client-id", default=setting("DOTS_CLIENT_ID", "pk_dev_sandbox"))
    parser.add_argument("--api-key", default=setting("DOTS_API_KEY", "sk_dev_sandbox"))
    arguments = parser.parse_args()
    if not is_this_machine(arguments.base_url):
        parser.error(f"it pays, so it talks to this machine only, and not to {arguments.base_url}")
    try:
        story(arguments.base_url, (arguments.client_id, arguments.api_key))
    except (Off, KeyError, TypeError, ValueError, OSError) as error:
        what = str(error) if isinstance(error, Off) else f"{type(error).__name__}: {error}"
        print(f"off: {what}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
