#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::{
    handlers::link_life,
    http::Incoming,
    options::Options,
    simulator::Simulator,
    spec::Spec,
    state::{KeyLookup, State},
    validation,
};

/// A simulator without a server before it.
struct Bench {
    spec: Arc<Spec>,
    simulator: Simulator,
}

impl Bench {
    fn new() -> Self {
        let spec = Spec::embedded().unwrap();
        let simulator = Simulator::new(Arc::clone(&spec), State::new(1, 1000, Options::default()));
        Self { spec, simulator }
    }

    /// Plays a request and returns the id in the answer, if there is one.
    fn play(&self, method: Method, path: &str, body: &Value) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let (path, body) = (format!("/api/v2/{path}"), Bytes::from(body.to_string()));
        let incoming = Incoming { method, path, query: None, headers, body };
        let app = self.simulator.world().state.ids.app();
        let call = validation::request(&self.spec, &incoming, app).unwrap();
        let reply = self.simulator.commit(&incoming, &call, KeyLookup::AtCommit, None);
        assert!(reply.status.is_success(), "{}", reply.note);
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn user(&self) -> String {
        let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139", "metadata": "crm-5" });
        format!("users/{}", self.play(Method::POST, "users", &jo))
    }

    /// The names of the events so far.
    fn events(&self) -> Vec<&'static str> {
        self.simulator.world().state.outbox.since(0).map(|event| event.name).collect()
    }
}

#[test]
fn whoever_listens_is_told_what_became_different_and_nothing_else() {
    let bench = Bench::new();
    let user = bench.user();
    bench.play(Method::PATCH, &user, &json!({}));
    bench.play(Method::POST, &format!("{user}/send-verification-token"), &json!({}));
    assert_eq!(bench.events(), [""; 0]);

    bench.play(Method::POST, &format!("{user}/verify"), &json!({ "token": "123456" }));
    bench.play(Method::POST, &format!("{user}/verify"), &json!({ "token": "123456" }));
    bench.play(Method::PATCH, &user, &json!({ "default_payout_method": "airtm" }));
    let paypal = json!({ "platform": "paypal", "email": "jo@example.com" });
    bench.play(Method::PUT, &format!("{user}/payout-methods"), &paypal);
    let venmo = json!({ "platform": "venmo", "handle": "jo", "is_default": true });
    bench.play(Method::PUT, &format!("{user}/payout-methods"), &venmo);
    let expected = [
        "user.updated",
        "user.updated",
        "user.updated.default_payout_method_changed",
        "user.updated.payout_method",
        "user.updated.payout_method",
        "user.updated.default_payout_method_changed",
    ];
    assert_eq!(bench.events(), expected);
    let world = bench.simulator.world();
    let id = user.trim_start_matches("users/");
    for event in world.state.outbox.since(0) {
        let told = link_life::told(&event.payload, &world.state);
        assert_eq!(*told, json!({ "user_id": id, "metadata": "crm-5" }));
    }
}

#[test]
fn a_tax_check_tells_when_it_ends_and_only_the_last_one_counts() {
    let bench = Bench::new();
    let user = bench.user();
    let address =
        json!({ "line_1": "1 Main St", "city": "Reno", "state": "NV", "country": "US", "postcode": "89501" });
    let w9 = |tin: &str| json!({ "w9": { "entity_type": "business", "business_name": "Jo LLC", "tin": tin, "address": address } });
    bench.play(Method::PUT, &format!("{user}/compliance"), &w9("000000001"));
    bench.simulator.advance(Duration::from_secs(1800));
    bench.play(Method::PUT, &format!("{user}/compliance"), &w9("123456789"));
    assert_eq!(bench.events(), ["user.updated"; 2]);
    bench.simulator.advance(Duration::from_secs(1800));
    assert_eq!(bench.events(), ["user.updated"; 2]);
    bench.simulator.advance(Duration::from_secs(1800));
    assert_eq!(bench.events(), ["user.updated"; 3]);
}

#[test]
fn a_deleted_user_leaves_a_transfer_and_no_payout_methods() {
    let bench = Bench::new();
    let user = bench.user();
    let paypal = json!({ "platform": "paypal", "email": "jo@example.com" });
    bench.play(Method::PUT, &format!("{user}/payout-methods"), &paypal);
    let id = user.trim_start_matches("users/");
    bench.play(Method::POST, "transfers", &json!({ "amount": -70, "user_id": id }));
    bench.play(Method::DELETE, &user, &Value::Null);
    assert_eq!(bench.events().last(), Some(&"transfer.updated"));
    let world = bench.simulator.world();
    assert_eq!(world.state.objects.all(crate::state::Kind::PayoutMethod).count(), 0);
    assert_eq!((world.state.wallet(world.state.ids.app()), world.state.transfers.len()), (1000, 2));
}
