//! Stories: end-to-end scenarios, one per tag, with the sandbox's transcript as the snapshot.
//!
//! | story | tells |
//! |---|---|
//! | `users` | an employer takes on a contractor: phone, tax form, bank account, and a goodbye |
//! | `payouts` | a magazine pays a photographer, first by phone number, then as a known user |
//! | `payout_links` | a research firm thanks people who took part: an answer lost, a link claimed, canceled, expired, paid by debit |
//! | `payout_requests` | a volunteer asks for expenses; one request is approved, the other rejected |
//! | `payout_batches` | payday: three people in one batch, one of whom does not exist |
//! | `transfers` | a marketplace fills a seller's wallet, and the organization fills the marketplace's |
//! | `transfer_batches` | a restaurant shares out the tips of an evening |
//! | `transactions` | a bookkeeper follows a payout through the books, to the cent |
//! | `payments` | a tenant pays the rent by bank debit, which fails once |
//! | `payment_customers` | a studio knows who pays it |
//! | `flows` | a shop sends a new seller through the hosted steps |
//! | `apps` | a platform opens an app for a client, fills its wallet and empties it again |
//! | `organizations` | an agency lends its papers and its money to two apps |
//! | `accounts_payable` | a company pays its paper supplier, but not before two people have approved |
//!
//! `scene` is their stage: a sandbox, a client, and the events outside the API. A line of a transcript is a request
//! with its answer; a line in parentheses is an event outside the API, by a payee, a bank or the clock. After an
//! intended change, read the new stories and accept them: `INSTA_UPDATE=always cargo test -p dots-tests --test it
//! stories`.

mod accounts_payable;
mod apps;
mod flows;
mod organizations;
mod payment_customers;
mod payments;
mod payout_batches;
mod payout_links;
mod payout_requests;
mod payouts;
mod scene;
mod transactions;
mod transfer_batches;
mod transfers;
mod users;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::pin::Pin;

use dots_api::{OPERATIONS, OperationMeta};

/// The folder of the snapshots, relative to this file.
const SNAPSHOTS: &str = "stories/snapshots";

/// A story, which runs when it is awaited and returns its transcript.
type Story = Pin<Box<dyn Future<Output = String>>>;

/// Every story, with its tag.
fn stories() -> Vec<(&'static str, Story)> {
    vec![
        ("accounts-payable", Box::pin(accounts_payable::story())),
        ("apps", Box::pin(apps::story())),
        ("flows", Box::pin(flows::story())),
        ("organizations", Box::pin(organizations::story())),
        ("payment-customers", Box::pin(payment_customers::story())),
        ("payments", Box::pin(payments::story())),
        ("payout-batches", Box::pin(payout_batches::story())),
        ("payout-links", Box::pin(payout_links::story())),
        ("payout-requests", Box::pin(payout_requests::story())),
        ("payouts", Box::pin(payouts::story())),
        ("transactions", Box::pin(transactions::story())),
        ("transfer-batches", Box::pin(transfer_batches::story())),
        ("transfers", Box::pin(transfers::story())),
        ("users", Box::pin(users::story())),
    ]
}

/// Compares a story with the snapshot of its name.
fn assert_told(name: &str, story: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(SNAPSHOTS);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, story));
}

#[tokio::test]
async fn the_stories_carry_out_every_operation_each_in_the_story_of_its_tag() {
    let mut missing: BTreeSet<&str> = OPERATIONS.iter().map(|meta| meta.id).collect();
    for (tag, story) in stories() {
        let told = story.await;
        let of_the_tag = OPERATIONS.iter().filter(|meta| meta.tag == tag);
        for meta in of_the_tag.filter(|meta| told.lines().any(|line| carries_out(meta, line))) {
            missing.remove(meta.id);
        }
    }
    assert_eq!(missing, BTreeSet::new(), "no story carries these operations out");
    assert_eq!(OPERATIONS.len(), 82);
}

#[test]
fn no_story_is_pending_and_none_is_left_of_a_test_that_is_gone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(SNAPSHOTS);
    let found: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let told: BTreeSet<String> = stories().into_iter().map(|(tag, _)| format!("{tag}.snap")).collect();
    let tags: BTreeSet<String> = OPERATIONS.iter().map(|meta| format!("{}.snap", meta.tag)).collect();
    assert_eq!((&found, &told), (&tags, &tags));
}

/// Says whether a line of a transcript is a success of this operation.
fn carries_out(meta: &OperationMeta, line: &str) -> bool {
    let Some((request, answer)) = line.split_once(" -> ") else { return false };
    let Some((method, rest)) = request.split_once(' ') else { return false };
    let path = rest.split([' ', '?']).next().unwrap_or_default();
    let fits = |(segment, wanted): (&str, &str)| {
        // In a transcript an id is a name in brackets or a number, so a fixed segment is never taken for an id.
        let is_id = segment.starts_with('[') || segment.bytes().all(|byte| byte.is_ascii_digit());
        if wanted.starts_with('{') { is_id } else { segment == wanted }
    };
    method == meta.method.as_str()
        && answer.starts_with('2')
        && path.split('/').count() == meta.path.split('/').count()
        && path.split('/').zip(meta.path.split('/')).all(fits)
}

#[test]
fn only_a_success_at_the_operations_own_address_carries_it_out() {
    let cancel = OPERATIONS.iter().find(|meta| meta.id == "cancel_payout_link").unwrap();
    assert!(carries_out(cancel, "DELETE /v2/payout-links/[l1] -> 200 canceled link [l1]"));
    for line in [
        "DELETE /v2/payout-links/[l1] -> 400 invalid-transaction: it is claimed",
        "DELETE /v2/payout-links/[l1] -> (connection reset after commit) 200 canceled link [l1]",
        "GET /v2/payout-links/[l1] -> 200 link [l1]",
        "DELETE /v2/payout-links/[l1]/redeliver -> 200",
        "DELETE /v2/payout-links/redeliver -> 200",
        "(Jo claims the link)",
    ] {
        assert!(!carries_out(cancel, line), "{line}");
    }
}
