#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};

use super::*;
use crate::{http::Incoming, options::Options, spec::Spec, validation};

/// A state and the document, without a server.
struct World {
    state: State,
}

impl World {
    fn new() -> Self {
        Self { state: State::new(1, 0, Options { tidy_bodies: true, ..Options::default() }) }
    }

    /// Handles a request on a resource and applies its changes; returns the status and the body.
    fn play(&mut self, verb: Verb, kind: Kind, request: &str, body: &Value) -> (StatusCode, Value) {
        let spec = Spec::embedded().unwrap();
        let (method, path) = request.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let incoming = Incoming {
            method: method.parse::<Method>().unwrap(),
            path: format!("/api/v2/{path}"),
            query: query.map(str::to_owned),
            headers,
            body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
        };
        let call = validation::request(&spec, &incoming, self.state.ids.app()).unwrap();
        let reply = match perform(verb, kind, &call, &self.state) {
            Ok(decision) => {
                self.state.apply(decision.changes).unwrap();
                decision.reply
            }
            Err(refusal) => refusal.into(),
        };
        validation::answer(call.operation, &reply).unwrap();
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }
}

fn vendor(name: &str) -> Value {
    let address =
        json!({ "line_1": "1 Main St", "city": "Reno", "state": "NV", "postcode": "89501", "country": "US" });
    json!({ "name": name, "description": "paper", "contact_email": "a@example.com", "address": address })
}

#[test]
fn plain_storage_creates_finds_lists_and_deletes() {
    let mut world = World::new();
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let (status, body) =
            world.play(Verb::Create, Kind::Vendor, "POST accounts-payable/vendors", &vendor(name));
        assert_eq!((status, &body["name"]), (StatusCode::CREATED, &json!(name)));
        assert_eq!(body["created"], "2026-01-01T00:00:00Z");
        ids.push(body["id"].as_str().unwrap().to_owned());
    }
    let path = format!("accounts-payable/vendors/{}", ids[1]);
    assert_eq!(world.play(Verb::Get, Kind::Vendor, &format!("GET {path}"), &Value::Null).1["name"], "two");

    let list = "GET accounts-payable/vendors?limit=2";
    let (_, page) = world.play(Verb::List, Kind::Vendor, list, &Value::Null);
    assert_eq!((&page["data"][0]["name"], &page["has_more"]), (&json!("three"), &json!(true)));
    let (_, page) =
        world.play(Verb::List, Kind::Vendor, &format!("{list}&starting_after={}", ids[1]), &Value::Null);
    assert_eq!((&page["data"][0]["name"], &page["has_more"]), (&json!("one"), &json!(false)));

    let (_, gone) = world.play(Verb::Delete, Kind::Vendor, &format!("DELETE {path}"), &Value::Null);
    assert_eq!(gone, json!({ "deleted": true, "id": ids[1], "object": "vendor" }));
    let (status, _) = world.play(Verb::Get, Kind::Vendor, &format!("GET {path}"), &Value::Null);
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn what_stands_below_another_object_is_found_there_alone() {
    let mut world = World::new();
    let mut ids = Vec::new();
    for name in ["one", "two"] {
        let (_, body) =
            world.play(Verb::Create, Kind::Vendor, "POST accounts-payable/vendors", &vendor(name));
        ids.push(body["id"].as_str().unwrap().to_owned());
    }
    let below = |vendor: &str| format!("accounts-payable/vendors/{vendor}/payment-methods");
    let account = json!({
        "name": "main", "ach_account_number": "12345678", "ach_routing_number": "021000021",
        "ach_account_type": "checking",
    });
    let kind = Kind::VendorPaymentMethod;
    let (_, method) = world.play(Verb::Create, kind, &format!("POST {}", below(&ids[0])), &account);
    // A list without pagination is a bare array.
    let (_, list) = world.play(Verb::List, kind, &format!("GET {}", below(&ids[0])), &Value::Null);
    assert_eq!(list, json!([method]));
    let (_, other) = world.play(Verb::List, kind, &format!("GET {}", below(&ids[1])), &Value::Null);
    assert_eq!(other, json!([]));
    let elsewhere = format!("GET {}/{}", below(&ids[1]), method["id"].as_str().unwrap());
    assert_eq!(world.play(Verb::Get, kind, &elsewhere, &Value::Null).0, StatusCode::NOT_FOUND);
    let nowhere = format!("POST {}", below("3c90c3cc-0d44-4b50-8888-8dd25736052a"));
    assert_eq!(world.play(Verb::Create, kind, &nowhere, &account).0, StatusCode::NOT_FOUND);
}

#[test]
fn defaults_fill_what_a_creation_leaves_out() {
    let mut world = World::new();
    let create = json!({ "acting_user_id": 1, "number": "inv-1" });
    let (_, payable) = world.play(Verb::Create, Kind::Payable, "POST accounts-payable/payables", &create);
    // The document's default; `acting_user_id` is not a field of the answer.
    assert_eq!(payable["funding_source"], "ach");
    assert!(payable.get("acting_user_id").is_none());
}

#[test]
fn a_transcript_counts_in_plain_english() {
    assert_eq!(count(1, false, "flow"), "1 flow");
    assert_eq!(count(2, true, "approval policy"), "2 approval policies, has more");
    assert_eq!(count(0, false, "payout batch"), "0 payout batches");
}
