// Dots' own client for Node, `dots-v2-node` 1.0.4, against the sandbox; `foreign_clients.sh` bundles and runs it.
import { ApiError, Dots } from "dots-v2-node";

const [, , base] = process.argv;
const dots = new Dots({ BASE: base, USERNAME: "pk_dev_sandbox", PASSWORD: "sk_dev_sandbox" });
const phone = { country_code: "1", phone_number: "2025550139" };
let passed = 0;
let failed = 0;

async function step(name, run) {
  try {
    if ((await run()) === false) throw new Error("not what was expected");
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`off: ${name}: ${error.message} ${JSON.stringify(error.body ?? {})}`);
  }
}

async function refused(status, run) {
  try {
    await run();
    return false;
  } catch (error) {
    return error instanceof ApiError && error.status === status;
  }
}

const made = {};
await step("create a user", async () => {
  made.user = await dots.users.createUser({ first_name: "Jo", last_name: "Doe", email: "jo@example.com", ...phone });
  return made.user.first_name === "Jo";
});
await step("retrieve it", async () => (await dots.users.getUser(made.user.id)).id === made.user.id);
await step("list users", async () => (await dots.users.getUsers(undefined, 10)).data.length === 1);
await step("send a token, without a body", () => dots.users.sendVerificationToken(made.user.id));
await step("verify", () => dots.users.verify(made.user.id, { token: "123456" }));
await step("a wrong token is 400", () => refused(400, () => dots.users.verify(made.user.id, { token: "654321" })));
await step("submit a W-9", () =>
  dots.users.submitCompliance(made.user.id, {
    w9: {
      entity_type: "individual", first_name: "Jo", last_name: "Doe", date_of_birth: "1990-01-01", tin: "123456789",
      address: { line_1: "1 Main St", city: "Reno", state: "NV", country: "US", postcode: "89501" },
    },
  }));
await step("add PayPal", () => dots.users.addPayoutMethod(made.user.id, { platform: "paypal", email: "jo@example.com" }));
await step("add a bank account", async () => {
  made.bank = await dots.users.addPayoutMethod(made.user.id, {
    platform: "ach", routing_number: "110000000", account_number: "000123456789", account_type: "checking",
  });
  return made.bank.id.startsWith("ach_");
});
await step("list payout methods", async () => (await dots.users.getPayoutMethods(made.user.id)).length === 2);
await step("transfer to the user", async () => {
  made.transfer = await dots.transfers.createTransfer({ amount: -500, user_id: made.user.id });
  return Number(made.transfer.amount) === -500;
});
await step("retrieve the transfer", async () =>
  (await dots.transfers.getTransfer(made.transfer.id)).id === made.transfer.id);
await step("list transfers", async () => (await dots.transfers.getTransfers(10)).data.length === 1);
await step("pay out over PayPal", () =>
  dots.payouts.createPayout({ user_id: made.user.id, amount: 100, platform: "paypal" }));
await step("pay out to the bank account", () =>
  dots.payouts.createPayout({ user_id: made.user.id, amount: 100, platform: "ach", account_id: made.bank.id }));
await step("pay out with the app's money", () =>
  dots.payouts.createPayout({ user_id: made.user.id, amount: 100, platform: "default", fund: true }));
await step("more than there is is 400", () =>
  refused(400, () => dots.payouts.createPayout({ user_id: made.user.id, amount: 1_000_000, platform: "paypal" })));
await step("send a payout to a user", async () =>
  (await dots.payouts.sendPayout({ amount: 300, user_id: made.user.id })).status === "claimed");
await step("send a payout to a phone", async () => {
  made.sent = await dots.payouts.sendPayout({ amount: 200, payee: { country_code: "1", phone_number: "2025550140" } });
  return made.sent.status === "created";
});
await step("create a payout link", async () => {
  made.link = await dots.payoutLinks.createPayoutLink({ amount: 70, memo: "Thank you" });
  return made.link.transfer_id !== null;
});
await step("retrieve it", async () => (await dots.payoutLinks.getPayoutLink(made.link.id)).amount === 70);
await step("list payout links", async () => (await dots.payoutLinks.getPayoutLinks(10)).data.length === 3);
await step("cancel it", async () => (await dots.payoutLinks.deletePayoutLink(made.link.id)).status === "canceled");
await step("create a flow", async () => {
  made.flow = await dots.flows.createFlow({ steps: ["compliance", "payout"], user_id: made.user.id });
  return made.flow.steps.length === 2;
});
await step("retrieve the flow", async () => (await dots.flows.getFlow(made.flow.id)).id === made.flow.id);
await step("list flows", async () => (await dots.flows.getFlows(10)).data.length === 1);
await step("ask for a payout", async () => {
  made.request = await dots.payoutRequests.createPayoutsRequest({ amount: 900, payee: phone });
  return made.request.status === "created";
});
await step("list payout requests", async () => (await dots.payoutRequests.getPayoutRequests(10)).data.length === 1);
await step("list transactions", async () => {
  made.transactions = (await dots.transactions.getTransactions(10)).data;
  return made.transactions.length > 0;
});
await step("retrieve a transaction", async () =>
  (await dots.transactions.getTransaction(made.transactions[0].id)).id === made.transactions[0].id);

console.log(`node: ${passed} of ${passed + failed} steps`);
process.exitCode = failed === 0 ? 0 : 1;
