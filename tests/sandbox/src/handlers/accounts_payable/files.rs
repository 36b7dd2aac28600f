//! The files of payables: attached, taken off, and payables made from one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    life::{self, Act, Action},
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
    state::{Kind, Object, State},
    validation::Call,
};

/// What every PDF begins with.
const PDF: &[u8] = b"%PDF";

/// Which file a payable has. No answer shows it.
const FILE_ID: &str = "file_id";

#[derive(Deserialize)]
struct Upload {
    file: String,
}

/// Makes a payable from a PDF. What Dots reads from an invoice is not documented; here it is nothing but its name.
pub(super) fn create_payable(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let form = Form::read(&call.content_type, &call.bytes)?;
    let acting = form.part("acting_user_id")?.text().and_then(|text| text.trim().parse().ok());
    let file = form.part("file")?;
    let acting = acting.ok_or_else(staff::not_whole)?;
    // What is wrong with the form itself comes before what is wrong with the person, as it does in JSON.
    pdf(file.content)?;
    let person = staff::permitted(acting, Right::Prepare)?;
    let mut plan = Plan::new(call, state);
    let mut payable = payables::blank(&mut plan);
    payable.set("number", number(file));
    attach(&mut plan, &mut payable, file.content);
    life::note(&mut payable, Action::Create, &Act { person, comment: None, at: plan.now() });
    life::finish(call, plan, payable, "created")
}

/// Attaches a file in place of the one before.
pub(super) fn upload(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let upload: Upload = call.body()?;
    let mut payable = payables::editable(call, state)?;
    let content = decode(&upload.file)?;
    let mut plan = Plan::new(call, state);
    attach(&mut plan, &mut payable, &content);
    let body = json!({ "id": payable.id, "updated": true, "object": "payable" });
    let reply = resources::reply(call, state, body, format!("attached a file to payable {}", payable.id));
    plan.put(payable);
    Ok(plan.answer(reply))
}

/// Takes the file off.
pub(super) fn delete(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut payable = payables::editable(call, state)?;
    let missing = || Refusal::missing(format!("the payable `{}` has no file", payable.id));
    let file = payable.id_in(FILE_ID).ok_or_else(missing)?;
    let mut plan = Plan::new(call, state);
    detach(&mut plan, &mut payable);
    let body = json!({ "id": file, "deleted": true, "object": "file" });
    let reply = resources::reply(call, state, body, format!("deleted file {file} of payable {}", payable.id));
    plan.put(payable);
    Ok(plan.answer(reply))
}

/// Shows a file that is attached to a payable.
///
/// # Errors
/// Refuses a file that is not there, or not any more.
pub(crate) fn show(state: &State, id: &str) -> Result<Reply, Refusal> {
    let found = Uuid::try_parse(id).ok().and_then(|id| state.objects.find(Kind::File, &id));
    let file = found.ok_or_else(|| resources::missing(Kind::File, id))?;
    let content = STANDARD.decode(file.text("content").unwrap_or_default()).unwrap_or_default();
    Ok(Reply::bytes(StatusCode::OK, "application/pdf", content, ""))
}

/// Reads a file from base64.
///
/// # Errors
/// Refuses what is no base64, and what is no PDF.
pub(super) fn decode(file: &str) -> Result<Vec<u8>, Refusal> {
    let content = STANDARD.decode(file).map_err(|_| Refusal::invalid("`file` must be base64"))?;
    pdf(&content)?;
    Ok(content)
}

/// Attaches a file to a payable; the one before is gone.
pub(super) fn attach(plan: &mut Plan<'_>, payable: &mut Object, content: &[u8]) {
    detach(plan, payable);
    let id = plan.id(Kind::File);
    let fields = Map::from_iter([("content".to_owned(), json!(STANDARD.encode(content)))]);
    let file = Object {
        kind: Kind::File,
        id,
        app: payable.app,
        owner: Some(payable.id),
        created: plan.now(),
        fields,
    };
    plan.put(file);
    payable.set(FILE_ID, id.to_string());
    payable.set("file_url", format!("https://files.dots-sandbox.invalid/{id}"));
    payable.set("updated", plan.now().to_string());
}

fn detach(plan: &mut Plan<'_>, payable: &mut Object) {
    if let Some(file) = payable.id_in(FILE_ID) {
        plan.remove(Kind::File, file);
    }
    payable.fields.remove(FILE_ID);
    payable.set("file_url", Value::Null);
    payable.set("updated", plan.now().to_string());
}

fn pdf(content: &[u8]) -> Result<(), Refusal> {
    let is_pdf = content.starts_with(PDF);
    is_pdf.then_some(()).ok_or_else(|| Refusal::invalid("`file` must be a PDF, which begins with `%PDF`"))
}

/// The number of a payable that is made from a file: the file's name without folders and ending.
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
