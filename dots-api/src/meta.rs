//! Metadata of operations: the facts that the document states about each.

/// The facts that the document states about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationMeta {
    /// The operation's id in the document, such as `send_payout`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: http::Method,
    /// The path template below the base URL, such as `/v2/users/{user_id}`.
    pub path: &'static str,
    /// The tag of the operation, such as `payout-links`.
    pub tag: &'static str,
    /// The success statuses that the document lists; any other 2xx counts as a success too.
    pub statuses: &'static [u16],
    /// The optional request headers that the operation takes, such as `Api-App-Id`.
    pub headers: &'static [&'static str],
    /// The effect of a reused idempotency key.
    pub idempotency: Idempotency,
    /// How the answer is paginated.
    pub pagination: Pagination,
}

impl OperationMeta {
    /// Says whether the document declares this optional header for the operation.
    #[must_use]
    pub fn takes_header(&self, name: &http::HeaderName) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name.as_str()))
    }
}

/// What Dots does with an idempotency key that it has seen within the last 24 hours.
///
/// Source: [references/idempotency] and the pages of the operations. They contradict each other, hence one value per
/// operation.
///
/// The enum is exhaustive on purpose: a new value does not compile until every piece of retry code handles it.
///
/// [references/idempotency]: https://docs.dots.dev/references/idempotency
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Dots returns the object that the first call created: a retry is safe and settles a lost answer.
    ReturnsExisting,
    /// Dots refuses the call: after a lost answer, the refusal is evidence that the first call was carried out.
    RejectsDuplicate,
    /// The operation takes a key, and Dots does not document what a reused one does.
    Unspecified,
    /// The operation takes no key.
    Unkeyed,
}

/// How a list is paginated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pagination {
    /// By cursor: `starting_after` or `ending_before` names a row.
    Cursor,
    /// Not at all: the list comes in one answer, or the answer is not a list.
    None,
}
