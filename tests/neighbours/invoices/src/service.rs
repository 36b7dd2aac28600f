//! The routes of the service.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use dots_api_ext::outbox::Outbox;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shop::Shop;

/// What an approval says.
#[derive(Debug, Deserialize)]
struct Approval {
    cents: i64,
    phone: String,
}

type Answer = (StatusCode, Json<Value>);

/// Approves invoices, and says what became of their payouts.
pub fn routes(shop: Shop, outbox: Outbox) -> Router {
    Router::new()
        .route("/invoices/{number}/approve", post(approve))
        .route("/invoices/{number}", get(show))
        .with_state((shop, outbox))
}

async fn approve(
    State((shop, _)): State<(Shop, Outbox)>,
    Path(number): Path<String>,
    Json(approval): Json<Approval>,
) -> Answer {
    match shop.approve(&number, approval.cents, &approval.phone).await {
        Ok(said) => (StatusCode::ACCEPTED, Json(json!({ "invoice": number, "is": said }))),
        // Nothing was changed: the transaction was rolled back.
        Err(error) => (StatusCode::CONFLICT, Json(json!({ "invoice": number, "error": error.to_string() }))),
    }
}

async fn show(State((_, outbox)): State<(Shop, Outbox)>, Path(number): Path<String>) -> Answer {
    match outbox.status(&format!("invoice-{number}")).await {
        Ok(Some(status)) => {
            let is =
                json!({ "invoice": number, "payout": status.state.as_str(), "object": status.object_id });
            (StatusCode::OK, Json(is))
        }
        Ok(None) => (StatusCode::NOT_FOUND, Json(json!({ "invoice": number, "payout": null }))),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": error.to_string() }))),
    }
}
