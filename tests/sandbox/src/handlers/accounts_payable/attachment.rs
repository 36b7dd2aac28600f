//! The PDF that is attached to a payable.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    http::Refusal,
    plan::Plan,
    state::{Kind, Object},
};

/// The first bytes of every PDF.
const PDF: &[u8] = b"%PDF";

/// The hidden field that names the file of a payable.
pub(super) const FILE_ID: &str = "file_id";

/// Decodes a file from base64.
///
/// # Errors
/// Refuses anything but a PDF in base64.
pub(super) fn decode(file: &str) -> Result<Vec<u8>, Refusal> {
    let content = STANDARD.decode(file).map_err(|_| Refusal::invalid("`file` must be base64"))?;
    pdf(&content)?;
    Ok(content)
}

/// Attaches a file to a payable, in place of an earlier one.
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

pub(super) fn detach(plan: &mut Plan<'_>, payable: &mut Object) {
    if let Some(file) = payable.id_in(FILE_ID) {
        plan.remove(Kind::File, file);
    }
    payable.fields.remove(FILE_ID);
    payable.set("file_url", Value::Null);
    payable.set("updated", plan.now().to_string());
}

pub(super) fn pdf(content: &[u8]) -> Result<(), Refusal> {
    let is_pdf = content.starts_with(PDF);
    is_pdf.then_some(()).ok_or_else(|| Refusal::invalid("`file` must be a PDF, which begins with `%PDF`"))
}
