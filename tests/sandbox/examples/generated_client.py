"""openapi-generator's Python client, generated from the sandbox's own document, against the sandbox.

`foreign_clients.sh` generates the package `dots_generated` and runs this. Generated clients trust the document to the
letter, so the sandbox must be started with `--tidy-bodies`: otherwise amounts that are text, as in Dots' real bodies,
make the client raise after the money has moved.
"""

import sys

import dots_generated as dots

PHONE = {"country_code": "1", "phone_number": "2025550139"}
passed, wrong = 0, []


def step(name, run):
    global passed
    try:
        made = run()
        if made is False:
            raise AssertionError("not what was expected")
        passed += 1
        return made
    except Exception as error:  # whatever it is, it is told
        wrong.append(f"off: {name}: {type(error).__name__}: {str(error)[:300]}")
        return None


def read(name, *parts):
    return getattr(dots, name).from_dict(*parts)


client = dots.ApiClient(dots.Configuration(host=sys.argv[1], username="pk_dev_sandbox", password="sk_dev_sandbox"))
users, transfers, payouts = dots.UsersApi(client), dots.TransfersApi(client), dots.PayoutsApi(client)
links, flows, requests = dots.PayoutLinksApi(client), dots.FlowsApi(client), dots.PayoutRequestsApi(client)
transactions, apps, batches = dots.TransactionsApi(client), dots.AppsApi(client), dots.PayoutBatchesApi(client)

KEY = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
person = {"first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", **PHONE}
jo = step("create a user", lambda: users.create_user(read("CreateUserRequest", person)))
step("retrieve it", lambda: users.get_user(jo.id).id == jo.id)
step("list users", lambda: len(users.list_users(limit=10).data) == 1)
paypal = {"platform": "paypal", "email": "jo@example.com"}
step("add PayPal", lambda: users.add_payout_method(jo.id, read("AddPayoutMethodRequest", paypal)))
bank = {"platform": "ach", "routing_number": "110000000", "account_number": "000123456789", "account_type": "checking"}
bank = step("add a bank account", lambda: users.add_payout_method(jo.id, read("AddPayoutMethodRequest", bank)))
step("list payout methods", lambda: len(users.list_payout_methods(jo.id)) == 2)
body = {"amount": -500, "user_id": jo.id, "idempotency_key": KEY}
moved = step("transfer to the user", lambda: transfers.create_transfer(read("CreateTransferRequest", body)))
step("retrieve the transfer", lambda: transfers.get_transfer(moved.id).amount == -500)
step("list transfers", lambda: len(transfers.list_transfers(limit=10).data) == 1)
body = {"user_id": jo.id, "amount": 100, "platform": "paypal"}
step("pay out over PayPal", lambda: payouts.create_payout(read("CreatePayoutRequest", body)))
body = {"user_id": jo.id, "amount": 100, "platform": "ach", "account_id": bank.id}
step("pay out to the bank account", lambda: payouts.create_payout(read("CreatePayoutRequest", body)))
body = {"amount": 300, "user_id": jo.id}
step("send a payout to a user", lambda: payouts.send_payout(read("SendPayoutRequest", body)).status == "claimed")
body = {"amount": 200, "payee": {"country_code": "1", "phone_number": "2025550140"}, "idempotency_key": KEY}
sent = step("send a payout to a phone", lambda: payouts.send_payout(read("SendPayoutRequest", body)))
step("the same key again", lambda: payouts.send_payout(read("SendPayoutRequest", body)).id == sent.id)
body = {"amount": 70, "memo": "Thank you"}
link = step("create a payout link", lambda: links.create_payout_link(read("CreatePayoutLinkRequest", body)))
step("retrieve it", lambda: links.get_payout_link(link.id).amount == 70)
step("list payout links", lambda: len(links.list_payout_links(limit=10).data) == 3)
step("cancel it", lambda: links.cancel_payout_link(link.id).status == "canceled")
flow = step("create a flow", lambda: flows.create_flow(read("CreateFlowRequest", {"steps": ["compliance"]})))
step("retrieve the flow", lambda: flows.get_flow(flow.id).id == flow.id)
step("list flows", lambda: len(flows.list_flows(limit=10).data) == 1)
body = {"amount": 900, "payee": PHONE}
step("ask for a payout", lambda: requests.submit_payout_request(read("SubmitPayoutRequestRequest", body)))
step("list payout requests", lambda: len(requests.list_payout_requests(limit=10).data) == 1)
rows = step("list transactions", lambda: transactions.list_transactions(limit=10).data)
step("retrieve a transaction", lambda: transactions.get_transaction(rows[0].id).id == rows[0].id)
app = step("list apps", lambda: apps.list_apps()[0])
step("retrieve the app", lambda: apps.get_app(app.id).id == app.id)
item = {"user_id": jo.id, "amount": 10, "platform": "default", "fund": True, "idempotency_key": KEY}
body = {"items": [item]}
step("create a payout batch", lambda: batches.create_payout_batch(read("CreatePayoutBatchRequest", body)))

print("\n".join([*wrong, f"python: {passed} of {passed + len(wrong)} steps"]))
sys.exit(bool(wrong))
