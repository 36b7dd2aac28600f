use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::bench::Bench;
use crate::{handlers::event_payload, state::Kind};

fn user(bench: &mut Bench) -> String {
    let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139", "metadata": "crm-5" });
    format!("users/{}", bench.request(Method::POST, "users", &jo))
}

#[test]
fn events_tell_what_changed_and_nothing_else() {
    let mut bench = Bench::with_funds(1000);
    let user = user(&mut bench);
    bench.request(Method::PATCH, &user, &json!({}));
    bench.request(Method::POST, &format!("{user}/send-verification-token"), &json!({}));
    assert_eq!(bench.events(), [""; 0]);

    bench.request(Method::POST, &format!("{user}/verify"), &json!({ "token": "123456" }));
    bench.request(Method::POST, &format!("{user}/verify"), &json!({ "token": "123456" }));
    bench.request(Method::PATCH, &user, &json!({ "default_payout_method": "airtm" }));
    let paypal = json!({ "platform": "paypal", "email": "jo@example.com" });
    bench.request(Method::PUT, &format!("{user}/payout-methods"), &paypal);
    let venmo = json!({ "platform": "venmo", "handle": "jo", "is_default": true });
    bench.request(Method::PUT, &format!("{user}/payout-methods"), &venmo);
    let expected = [
        "user.updated",
        "user.updated",
        "user.updated.default_payout_method_changed",
        "user.updated.payout_method",
        "user.updated.payout_method",
        "user.updated.default_payout_method_changed",
    ];
    assert_eq!(bench.events(), expected);
    let id = user.trim_start_matches("users/");
    for event in bench.state.outbox.since(0) {
        let payload = event_payload(&event.payload, &bench.state);
        assert_eq!(*payload, json!({ "user_id": id, "metadata": "crm-5" }));
    }
}

#[test]
fn a_tax_check_tells_when_it_ends_and_only_the_last_one_counts() {
    let mut bench = Bench::with_funds(1000);
    let user = user(&mut bench);
    let address =
        json!({ "line_1": "1 Main St", "city": "Reno", "state": "NV", "country": "US", "postcode": "89501" });
    let w9 = |tin: &str| json!({ "w9": { "entity_type": "business", "business_name": "Jo LLC", "tin": tin, "address": address } });
    bench.request(Method::PUT, &format!("{user}/compliance"), &w9("000000001"));
    bench.advance(Duration::from_secs(1800));
    bench.request(Method::PUT, &format!("{user}/compliance"), &w9("123456789"));
    assert_eq!(bench.events(), ["user.updated"; 2]);
    bench.advance(Duration::from_secs(1800));
    assert_eq!(bench.events(), ["user.updated"; 2]);
    bench.advance(Duration::from_secs(1800));
    assert_eq!(bench.events(), ["user.updated"; 3]);
}

#[test]
fn a_deleted_user_leaves_a_transfer_and_no_payout_methods() {
    let mut bench = Bench::with_funds(1000);
    let user = user(&mut bench);
    let paypal = json!({ "platform": "paypal", "email": "jo@example.com" });
    bench.request(Method::PUT, &format!("{user}/payout-methods"), &paypal);
    let id = user.trim_start_matches("users/");
    bench.request(Method::POST, "transfers", &json!({ "amount": -70, "user_id": id }));
    bench.request(Method::DELETE, &user, &Value::Null);
    assert_eq!(bench.events().last(), Some(&"transfer.updated"));
    assert_eq!(bench.state.objects.all(Kind::PayoutMethod).count(), 0);
    assert_eq!((bench.state.wallet(bench.state.ids.app()), bench.state.transfers.len()), (1000, 2));
}
