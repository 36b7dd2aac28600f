#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use super::*;
use crate::{
    control::links::claim_for,
    handlers::{
        claims::Claimant,
        payouts::{self, Terms},
    },
    options::Options,
    simulator::Simulator,
    spec::Spec,
    state::{Contact, Delivery, DeliveryMethod, State},
};

const PHONE: &str = "2025550139";

/// What a link tells that is sent by text message, claimed and paid out.
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

fn simulator() -> Simulator {
    Simulator::new(Spec::embedded().unwrap(), State::new(1, 10_000, Options::default()))
}

/// A link that nobody has put anything into.
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

/// Carries a change of one link out, and returns the link's id.
fn change(simulator: &Simulator, step: impl FnOnce(&mut Plan<'_>) -> Result<Uuid, Refusal>) -> Uuid {
    let mut world = simulator.world();
    let mut plan = Plan::of(world.state.ids.app(), &world.state);
    let id = step(&mut plan).unwrap();
    let changes = plan.into_changes();
    world.state.apply(changes).unwrap();
    id
}

/// The names of all events so far; each of them is as the document has it.
fn events(simulator: &Simulator) -> Vec<&'static str> {
    let schemas = Spec::events().unwrap();
    let world = simulator.world();
    let check = |event: &crate::state::Event| {
        let payload = told(&event.payload, &world.state);
        let errors: Vec<String> =
            schemas[event.name].iter_errors(&payload).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?} in {payload}", event.name);
        event.name
    };
    world.state.outbox.since(0).map(check).collect()
}

#[test]
fn a_link_tells_of_every_step_from_its_making_to_the_end_of_the_rail() {
    let simulator = simulator();
    let id = change(&simulator, |plan| {
        let mut link = draft(plan);
        open(plan, &mut link)?;
        send(plan, &mut link)?;
        changed(plan, &link);
        Ok(link.id)
    });
    simulator.advance(Duration::from_secs(60));
    let (country_code, phone_number) = ("1".to_owned(), PHONE.to_owned());
    let method = Some("paypal".to_owned());
    let claimant = Claimant { country_code, phone_number, method, ..Claimant::default() };
    claim_for(&mut simulator.world(), id, &claimant).unwrap();
    simulator.advance(Duration::from_secs(60));
    assert_eq!(events(&simulator), CLAIMED);

    let world = simulator.world();
    let paid_out = world.state.outbox.since(0).find(|event| event.name == "payout_link.paid_out").unwrap();
    let paid_out = told(&paid_out.payload, &world.state);
    assert_eq!((&paid_out["method"], &paid_out["withdrew_amount"]), (&json!("paypal"), &json!(500)));
    let app = world.state.ids.app();
    assert_eq!((world.state.wallet(app), world.state.ledger.balance(Account::Payees(app))), (9_500, 500));
    assert!(world.violations.is_empty());
}

#[test]
fn a_debit_that_fails_is_told_with_the_link_and_the_reason() {
    let simulator = simulator();
    let id = change(&simulator, |plan| {
        let mut link = draft(plan);
        pull(plan, &mut link)?;
        changed(plan, &link);
        Ok(link.id)
    });
    change(&simulator, |plan| {
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
    assert_eq!(events(&simulator), expected);

    let world = simulator.world();
    let failed = world.state.outbox.since(0).find(|event| event.name == "payout_link.failed").unwrap();
    let failed = told(&failed.payload, &world.state);
    assert_eq!(failed["payout_link"]["status"], "failed");
    assert_eq!(failed["reason"], "the account is closed");
    assert_eq!(world.state.wallet(world.state.ids.app()), 10_000);
}
