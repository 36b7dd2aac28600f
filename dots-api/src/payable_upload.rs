//! The one multipart operation, which the generator does not know.

use bytes::Bytes;
use http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::generated::accounts_payable::CREATE_PAYABLE_FROM_FILE;
use crate::{
    AnswerIds, Client, DashboardUserId, Error, Operation, OperationMeta, Payable, Request, Response,
};

/// Create a payable from a PDF: `POST /v2/accounts-payable/payables/upload-from-file`.
///
/// Dots reads the invoice and fills the payable from it. The body goes out as `multipart/form-data`.
///
/// Source: apireference/accounts-payable/create-a-payable-from-a-file.
///
/// # Examples
/// ```
/// use dots_api::{CreatePayableFromFile, DashboardUserId};
///
/// let upload = CreatePayableFromFile::new(DashboardUserId::new(7), b"%PDF-1.7 ...".to_vec()).file_name("march.pdf");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatePayableFromFile {
    /// The dashboard user in whose name the payable is made.
    pub acting_user_id: DashboardUserId,
    /// The bytes of the PDF.
    pub file: Vec<u8>,
    /// The name under which the file is sent; `payable.pdf` unless set.
    pub file_name: String,
}

impl CreatePayableFromFile {
    /// Makes one of what it must have.
    #[must_use]
    pub fn new(acting_user_id: DashboardUserId, file: Vec<u8>) -> Self {
        Self { acting_user_id, file, file_name: "payable.pdf".to_owned() }
    }

    /// Sets [`file_name`](Self::file_name).
    #[must_use]
    pub fn file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = file_name.into();
        self
    }
}

impl std::fmt::Debug for CreatePayableFromFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatePayableFromFile")
            .field("acting_user_id", &self.acting_user_id)
            .field("file", &crate::redact::REDACTED)
            .field("file_name", &self.file_name)
            .finish()
    }
}

impl Operation for CreatePayableFromFile {
    type Output = Payable;
    const META: &'static OperationMeta = CREATE_PAYABLE_FROM_FILE;

    fn request(&self, client: &Client) -> Result<Request, Error> {
        let name = &self.file_name;
        if name.is_empty() || name.contains(char::is_control) {
            let why = format!("`file_name` is not printable text: `{}`", name.escape_debug());
            return Err(Error::invalid_request(Self::META, why));
        }
        let boundary = boundary(&self.file);
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|error| Error::invalid_request(Self::META, error.to_string()))?;
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
    /// Returns an error when `file_name` is not printable text, and unless the answer is a success that can be read.
    pub async fn create_payable_from_file(
        &self,
        acting_user_id: DashboardUserId,
        file: Vec<u8>,
        file_name: impl Into<String>,
    ) -> Result<Response<Payable>, Error> {
        CreatePayableFromFile { acting_user_id, file, file_name: file_name.into() }.send(self).await
    }
}

/// A line that does not occur in the file; the same for the same file, so that a repeat sends the same bytes.
fn boundary(file: &[u8]) -> String {
    let mut boundary = "dots-api-form-boundary".to_owned();
    while file.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        boundary.push('x');
    }
    boundary
}

/// Writes the form of RFC 7578: the acting user, then the file.
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
