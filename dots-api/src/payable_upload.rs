//! Multipart upload of a payable's PDF: the one operation that is written by hand.
//!
//! # Why by hand
//! The overlay marks `create_payable_from_file` as `x-hand-written`, because progenitor does not support multipart.
//! The operation is in the table of operations like the other 81. The boundary of the form is derived from the file: a
//! fixed line, made longer until the file does not contain it. With a random boundary, every retry of the same upload
//! would send other bytes.
//!
//! Considered: the multipart feature of `reqwest`, which picks a random boundary and streams the body, so that there
//! would be no bytes to record or to send again.

use bytes::Bytes;
use http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::generated::accounts_payable::CREATE_PAYABLE_FROM_FILE;
use crate::{
    AnswerIds, Client, ClientError, DashboardUserId, Operation, OperationMeta, Payable, Request, Response,
};

/// Create a payable from a PDF: `POST /v2/accounts-payable/payables/upload-from-file`.
///
/// Dots reads the invoice and fills in the payable from it. The body is sent as `multipart/form-data`.
///
/// Source: [apireference/accounts-payable/create-a-payable-from-a-file].
///
/// # Examples
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/world.rs"));
/// # fn main() { run("create_payable_from_file", async |client, _| {
/// use dots_api::{CreatePayableFromFile, DashboardUserId, Operation};
///
/// let upload = CreatePayableFromFile::new(DashboardUserId::new(17), b"%PDF-1.7 ...".to_vec()).file_name("march.pdf");
/// let payable = upload.send(&client).await?.value;
/// # Ok(()) }) }
/// ```
///
/// [apireference/accounts-payable/create-a-payable-from-a-file]: https://docs.dots.dev/apireference/accounts-payable/create-a-payable-from-a-file
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatePayableFromFile {
    /// The dashboard user on whose behalf the payable is created.
    pub acting_user_id: DashboardUserId,
    /// The bytes of the PDF.
    pub file: Vec<u8>,
    /// The name of the uploaded file; `payable.pdf` by default.
    pub file_name: String,
}

impl CreatePayableFromFile {
    /// Creates the request from its required fields.
    #[must_use]
    pub fn new(acting_user_id: DashboardUserId, file: Vec<u8>) -> Self {
        Self { acting_user_id, file, file_name: "payable.pdf".to_owned() }
    }

    /// Sets the name of the uploaded file; `payable.pdf` by default.
    #[must_use]
    pub fn file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = file_name.into();
        self
    }
}

crate::redact::debug!(CreatePayableFromFile { acting_user_id, file: redacted, file_name });

impl crate::sealed::Sealed for CreatePayableFromFile {}

impl Operation for CreatePayableFromFile {
    type Output = Payable;
    const META: &'static OperationMeta = CREATE_PAYABLE_FROM_FILE;

    fn request(&self, client: &Client) -> Result<Request, ClientError> {
        let name = &self.file_name;
        if name.is_empty() || name.contains(char::is_control) {
            let why = format!("`file_name` is not printable text: `{}`", name.escape_debug());
            return Err(ClientError::invalid_request(Self::META, why));
        }
        let boundary = boundary(&self.file);
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|error| ClientError::invalid_request(Self::META, error.to_string()))?;
        let body = form(&boundary, self.acting_user_id, &self.file, name);
        Ok(client.request(Self::META, &[])?.bytes(content_type, body))
    }

    fn ids<'a>(&'a self, answer: &'a Payable) -> AnswerIds<'a> {
        AnswerIds { asked: None, answered: Some(answer.id.as_ref()) }
    }
}

impl Client {
    /// Create a payable from a PDF; see [`CreatePayableFromFile`].
    ///
    /// # Errors
    /// Returns an error when `file_name` is not printable text, and when the answer is not a readable success.
    pub async fn create_payable_from_file(
        &self,
        acting_user_id: DashboardUserId,
        file: Vec<u8>,
        file_name: impl Into<String>,
    ) -> Result<Response<Payable>, ClientError> {
        CreatePayableFromFile { acting_user_id, file, file_name: file_name.into() }.send(self).await
    }
}

/// A boundary that does not occur in the file, and is the same for the same file, so that a retry sends the same bytes.
fn boundary(file: &[u8]) -> String {
    let mut boundary = "dots-api-form-boundary".to_owned();
    while file.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        boundary.push('x');
    }
    boundary
}

/// Writes the form as in RFC 7578: the acting user, then the file.
fn form(boundary: &str, acting_user_id: DashboardUserId, file: &[u8], file_name: &str) -> Bytes {
    let name = file_name.replace('"', "%22");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"acting_user_id\"\r\n\r\n{acting_user_id}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    let mut body = head.into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_the_boundary_gets_another_one() {
        assert_eq!(boundary(b"a file"), "dots-api-form-boundary");
        assert_eq!(boundary(b"dots-api-form-boundary"), "dots-api-form-boundaryx");
    }
}
