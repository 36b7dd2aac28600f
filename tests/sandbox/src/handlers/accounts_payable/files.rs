//! The files of payables: upload, deletion, and payables created from a file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    attachment,
    history::{self, Act, Action},
    payables,
    staff::{self, Right},
};
use crate::{
    handlers::resources,
    http::{
        Refusal, Reply,
        multipart::{Form, Part},
    },
    plan::{Decision, Plan},
    state::{Kind, State},
    validation::Call,
};

#[derive(Deserialize)]
struct Upload {
    file: String,
}

/// Creates a payable from a PDF. Dots does not document what it reads from an invoice; the sandbox reads the file name
/// alone.
pub(super) fn create_payable(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let form = Form::read(&call.content_type, &call.bytes)?;
    let acting = form.part("acting_user_id")?.text().and_then(|text| text.trim().parse().ok());
    let file = form.part("file")?;
    let acting = acting.ok_or_else(staff::not_whole)?;
    // An error in the form comes before one about the person, as it does in JSON.
    attachment::pdf(file.content)?;
    let person = staff::permitted(acting, Right::Prepare)?;
    let mut plan = Plan::new(call, state);
    let mut payable = payables::blank(&mut plan);
    payable.set("number", number(file));
    attachment::attach(&mut plan, &mut payable, file.content);
    history::note(&mut payable, Action::Create, &Act { person, comment: None, at: plan.now() });
    history::finish(call, plan, payable, "created")
}

/// Attaches a file in place of an earlier one.
pub(super) fn upload(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let upload: Upload = call.body()?;
    let mut payable = payables::editable(call, state)?;
    let content = attachment::decode(&upload.file)?;
    let mut plan = Plan::new(call, state);
    attachment::attach(&mut plan, &mut payable, &content);
    let body = json!({ "id": payable.id, "updated": true, "object": "payable" });
    let reply = resources::reply(call, state, body, format!("attached a file to payable {}", payable.id));
    plan.put(payable);
    Ok(plan.answer(reply))
}

/// Deletes the file.
pub(super) fn delete(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut payable = payables::editable(call, state)?;
    let missing = || Refusal::missing(format!("the payable `{}` has no file", payable.id));
    let file = payable.id_in(attachment::FILE_ID).ok_or_else(missing)?;
    let mut plan = Plan::new(call, state);
    attachment::detach(&mut plan, &mut payable);
    let body = json!({ "id": file, "deleted": true, "object": "file" });
    let reply = resources::reply(call, state, body, format!("deleted file {file} of payable {}", payable.id));
    plan.put(payable);
    Ok(plan.answer(reply))
}

/// Shows a file that is attached to a payable.
///
/// # Errors
/// Refuses a file that does not exist, or no longer.
pub(crate) fn show(state: &State, id: &str) -> Result<Reply, Refusal> {
    let found = Uuid::try_parse(id).ok().and_then(|id| state.objects.find(Kind::File, &id));
    let file = found.ok_or_else(|| resources::missing(Kind::File, id))?;
    let content = STANDARD.decode(file.text("content").unwrap_or_default()).unwrap_or_default();
    Ok(Reply::bytes(StatusCode::OK, "application/pdf", content, ""))
}

/// Returns the number of a payable that is created from a file: the file name without folders and extension.
fn number(file: &Part<'_>) -> String {
    let name = file.file_name.as_deref().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("pdf") => stem,
        _ => name,
    };
    let stem = stem.trim();
    if stem.is_empty() { "invoice".to_owned() } else { stem.to_owned() }
}
