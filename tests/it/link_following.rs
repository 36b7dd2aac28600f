//! No link following: neither a link to a next page nor a `Location` nor an id in an answer leads the client elsewhere.

use dots_api::{AddPayoutMethodRequest, AddPayoutMethodRequestPlatform, Operation, UserId};
use dots_api_ext::Outcome;
use serde_json::json;

use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, TEN_DOLLARS, client_of, sandbox, somebody};

/// Every way in which an API says where its next page is.
fn page_that_points_to(url: &str) -> Answer {
    let next = format!("{url}/v2/payout-links?starting_after=x");
    let row = json!({ "id": KEY, "amount": 1_000, "status": "created" });
    let page = json!({
        "data": [row],
        "has_more": false,
        "next": next, "next_url": next, "next_page": next, "url": next,
        "links": { "next": next }, "_links": { "next": { "href": next } },
    });
    let headers = [
        "content-type: application/json".to_owned(),
        format!("location: {next}"),
        format!("content-location: {next}"),
        format!("link: <{next}>; rel=\"next\""),
        format!("refresh: 0; url={next}"),
    ];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    Answer::new("200 OK", &headers, page.to_string())
}

#[tokio::test]
async fn a_link_to_the_next_page_is_never_followed() {
    let elsewhere = Wire::start([Answer::json("200 OK", r#"{"data":[],"has_more":false}"#)]).await;
    let wire = Wire::start([page_that_points_to(&elsewhere.url())]).await;
    let dots = client_of(&wire.url());
    let mut items = dots.list(dots_api::ListPayoutLinks::new()).items();
    let mut found = 0;
    while let Some(item) = items.next().await {
        assert_eq!(item.unwrap().id.as_str(), KEY);
        found += 1;
    }
    assert_eq!((found, wire.requests().len(), elsewhere.connections()), (1, 1, 0));
}

#[tokio::test]
async fn the_location_of_what_was_made_is_not_visited() {
    let elsewhere = Wire::start([Answer::json("200 OK", "{}")]).await;
    let location = format!("location: {}/v2/payout-links/{KEY}", elsewhere.url());
    let link = json!({ "id": KEY, "amount": 1_000, "status": "created", "link": elsewhere.url() });
    for status in ["200 OK", "201 Created", "202 Accepted"] {
        let wire = Wire::start([Answer::new(status, &[&location], link.to_string())]).await;
        client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        assert_eq!((wire.requests().len(), elsewhere.connections()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_scheme_of_the_same_host_is_not_followed() {
    let wire = Wire::start([Answer::json("201 Created", "{}")]).await;
    let here = wire.url().split_once("://").unwrap().1.to_owned();
    for scheme in ["https", "http", "HTTP", ""] {
        let location = format!("location: {scheme}://{here}/v2/payouts/send-payout");
        let location = location.replace(" ://", " //");
        for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
            let first = Wire::start([Answer::new(status, &[&location], "")]).await;
            let error = client_of(&first.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{location}");
            assert_eq!((first.requests().len(), wire.connections()), (1, 0), "{location}");
        }
    }
}

/// An id in any form, as an answer may hold it.
fn id_from_an_answer(text: &str) -> UserId {
    serde_json::from_value(json!(text)).unwrap()
}

async fn is_not_sent<O: Operation>(dots: &dots_api_ext::Dots, operation: O) {
    let error = dots.run(operation).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert!(error.to_string().contains("is not an id"), "{error}");
}

#[tokio::test]
async fn an_id_that_leads_out_of_the_middle_of_a_path_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    for text in ["..", ".", "", "../apps", r"a\..\b", "%2e%2e", "a/../b", "..;", "a?b", "a#b"] {
        let method = AddPayoutMethodRequest::new(AddPayoutMethodRequestPlatform::Ach);
        is_not_sent(&dots, dots_api::AddPayoutMethod::new(id_from_an_answer(text), method)).await;
        is_not_sent(&dots, dots_api::ListPayoutMethods::new(id_from_an_answer(text))).await;
    }
    assert_eq!(sandbox.requests(), []);
}
