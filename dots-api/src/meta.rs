//! Metadata of operations: what the document says of each.

/// Describes an operation as the document does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationMeta {
    /// The operation's id in the document, such as `send_payout`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: http::Method,
    /// The path template below the base URL, such as `/v2/users/{user_id}`.
    pub path: &'static str,
    /// The tag the operation is filed under, such as `payout-links`.
    pub tag: &'static str,
    /// The statuses that the document gives for success; any other 2xx is taken for success too.
    pub statuses: &'static [u16],
    /// The optional request headers that the operation takes, such as `Api-App-Id`.
    pub headers: &'static [&'static str],
    /// What a repeated idempotency key does.
    pub idempotency: Idempotency,
    /// How the answer is cut into pages.
    pub pagination: Pagination,
}

impl OperationMeta {
    /// Says whether the document gives this optional header to the operation.
    #[must_use]
    pub fn takes_header(&self, name: &http::HeaderName) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name.as_str()))
    }
}

/// Says what Dots does when it sees an idempotency key again within 24 hours.
///
/// Source: references/idempotency and the operations' own pages, which contradict each other; hence one value per
/// operation.
///
/// It is exhaustive on purpose: a new value has to be decided on wherever repeats are decided on, at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Answers with the object that the first call made: asking again is safe and settles a lost answer.
    ReturnsExisting,
    /// Refuses the call: after a lost answer, the refusal is evidence that the first call went through.
    RejectsDuplicate,
    /// Takes a key, and no page says what a known one does.
    Unspecified,
    /// Takes no key.
    Unkeyed,
}

/// Says how a list is read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pagination {
    /// Page by page, with `starting_after` and `ending_before` naming a row.
    Cursor,
    /// At once, or the answer is no list.
    None,
}
