use std::time::Duration;

use serde_json::json;

use super::bench::Bench;
use crate::{
    handlers::{
        claims::{self, Claimant, Withdrawal},
        link_lifecycle::{changed, fail_funding, open, pull, send},
        payouts::{self, Terms},
    },
    plan::Plan,
    state::{Account, Contact, Delivery, DeliveryMethod, Link},
};

const PHONE: &str = "2025550139";

/// The events of a link that is sent by text message, claimed and paid out.
const CLAIMED: [&str; 15] = [
    "payout_link.updated",
    "payout_link.updated",
    "payout_link.sent",
    "payout_link.updated",
    "payout_link.updated",
    "user.updated",
    "transfer.updated",
    "transfer.completed",
    "transfer.updated",
    "payout_link.claimed",
    "payout_link.paid_out",
    "flow.updated",
    "payout_link.updated",
    "transfer.updated",
    "transfer.completed",
];

/// A link that is not funded yet.
fn draft(plan: &mut Plan<'_>) -> Link {
    let text = |text: &str| Some(text.to_owned());
    let (country_code, phone_number) = (text("1"), text(PHONE));
    let delivery = Delivery {
        method: DeliveryMethod::Sms,
        email: None,
        country_code: country_code.clone(),
        phone_number: phone_number.clone(),
    };
    let payee = Contact { country_code, phone_number, ..Contact::default() };
    payouts::new_link(plan, 500, None, payee, delivery, Terms::plain(None, text("Thanks")))
}

#[test]
fn a_link_tells_of_every_step_from_its_making_to_the_end_of_the_rail() {
    let mut bench = Bench::with_funds(10_000);
    let id = bench.change(|plan| {
        let mut link = draft(plan);
        open(plan, &mut link)?;
        send(plan, &mut link)?;
        changed(plan, &link);
        Ok(link.id)
    });
    bench.advance(Duration::from_secs(60));
    let (country_code, phone_number) = ("1".to_owned(), PHONE.to_owned());
    let method = Some("paypal".to_owned());
    let claimant = Claimant { country_code, phone_number, method, ..Claimant::default() };
    let link = bench.state.links.find(&id).unwrap().clone();
    claims::check(&bench.state, &link, &claimant).unwrap();
    bench.change(|plan| {
        claims::sign_up(plan, &link, &claimant);
        Ok(())
    });
    bench.change(|plan| {
        let user = claims::user_of(plan.state(), &link, &claimant).unwrap();
        let cents = link.amount;
        claims::pay(plan, link, user, claimant.method.as_deref().map(|rail| Withdrawal { rail, cents }))
    });
    bench.advance(Duration::from_secs(60));
    assert_eq!(bench.events(), CLAIMED);

    let paid_out = bench.payload("payout_link.paid_out");
    assert_eq!((&paid_out["method"], &paid_out["withdrew_amount"]), (&json!("paypal"), &json!(500)));
    let app = bench.state.ids.app();
    assert_eq!((bench.state.wallet(app), bench.state.ledger.balance(Account::Payees(app))), (9_500, 500));
}

#[test]
fn a_debit_that_fails_is_told_with_the_link_and_the_reason() {
    let mut bench = Bench::with_funds(10_000);
    let id = bench.change(|plan| {
        let mut link = draft(plan);
        pull(plan, &mut link)?;
        changed(plan, &link);
        Ok(link.id)
    });
    bench.change(|plan| {
        let link = plan.state().links.find(&id).unwrap().clone();
        fail_funding(plan, link, Some("the account is closed"))?;
        Ok(id)
    });
    let expected = [
        "transfer.updated",
        "payout_link.updated",
        "transfer.updated",
        "transfer.failed",
        "payout_link.failed",
        "payout_link.updated",
    ];
    assert_eq!(bench.events(), expected);

    let failed = bench.payload("payout_link.failed");
    assert_eq!(failed["payout_link"]["status"], "failed");
    assert_eq!(failed["reason"], "the account is closed");
    assert_eq!(bench.state.wallet(bench.state.ids.app()), 10_000);
}
