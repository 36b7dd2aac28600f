//! Forms for the control API: turns what a browser sends into the JSON that the route takes.

use bytes::Bytes;
use hyper::{
    Method,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Map, Number, Value, json};

use super::{
    FLOW, OPERATOR,
    form_data::Form,
    layout::{Audience, redirect, refused},
};
use crate::{
    control,
    http::{Incoming, Refusal, Reply},
    simulator::Simulator,
};

/// The field that names the method when it is not POST, the only one that a form can send.
const METHOD: &str = "_method";

/// The field that names the next page.
const BACK: &str = "back";

/// The suffix of the name of a numeric field.
const NUMBER: &str = ":number";

/// Sends a form to the control route of this name, and the browser back to the page that it came from.
pub(super) fn answer(simulator: &Simulator, incoming: &Incoming, route: &str) -> Reply {
    let form = match Form::read(incoming) {
        Ok(form) => form,
        Err(refusal) => return refused(Audience::Operator, refusal, OPERATOR),
    };
    let back = if form.text(BACK).starts_with(FLOW) { form.text(BACK) } else { OPERATOR };
    let body = match fields(&form) {
        Ok(fields) => fields,
        Err(refusal) => return refused(Audience::Operator, refusal, back),
    };
    let reply = control::answer(simulator, &control_request(incoming, route, &form, body));
    if reply.status.is_success() {
        return redirect(back.to_owned());
    }
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = answer.get("message").and_then(Value::as_str).unwrap_or("the route refused it").to_owned();
    let mut page = refused(Audience::Operator, Refusal::invalid(message), back);
    page.status = reply.status;
    page
}

fn control_request(incoming: &Incoming, route: &str, form: &Form, body: Map<String, Value>) -> Incoming {
    let method = if form.text(METHOD) == "delete" { Method::DELETE } else { Method::POST };
    let mut headers = incoming.headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(crate::http::JSON));
    let body = if body.is_empty() { Bytes::new() } else { Bytes::from(Value::Object(body).to_string()) };
    Incoming { method, path: format!("{OPERATOR}/{route}"), query: None, headers, body }
}

/// Returns the fields of a form as JSON, without empty ones and without this module's own.
fn fields(form: &Form) -> Result<Map<String, Value>, Refusal> {
    let own = [METHOD, BACK];
    let fields = form.filled().filter(|(name, _)| !own.contains(name));
    let field = |(name, text): (&str, &str)| match name.strip_suffix(NUMBER) {
        Some(name) => match serde_json::from_str::<Number>(text) {
            Ok(number) => Ok((name.to_owned(), Value::Number(number))),
            Err(_) => Err(Refusal::invalid(format!("`{name}` must be a number"))),
        },
        None => Ok((name.to_owned(), json!(text))),
    };
    fields.map(field).collect()
}
