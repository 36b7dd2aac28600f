//! What stands in a `Debug` output where a secret or a datum of a person would.

use std::fmt::{self, Debug};

/// Prints `***`, for a value that is always there.
pub(crate) const REDACTED: Redacted = Redacted(true);

/// Stands for a hidden value: `***` where there is one, `None` where there is none.
///
/// Whether a tax number was sent at all is often the question; what it is never needs to be in a log.
pub(crate) struct Redacted(bool);

/// Hides a value that may be absent.
pub(crate) fn option<T>(value: &Option<T>) -> Redacted {
    Redacted(value.is_some())
}

impl Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "***" } else { "None" })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    struct Person {
        tin: String,
        ssn: Option<String>,
    }

    impl fmt::Debug for Person {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let _ = &self.tin;
            f.debug_struct("Person")
                .field("tin", &super::REDACTED)
                .field("ssn", &super::option(&self.ssn))
                .finish()
        }
    }

    #[test]
    fn debug_shows_that_a_value_is_there_and_not_what_it_is() {
        let mut person = Person { tin: "900112222".into(), ssn: Some("123456789".into()) };
        assert_eq!(format!("{person:?}"), "Person { tin: ***, ssn: *** }");
        person.ssn = None;
        assert_eq!(format!("{person:?}"), "Person { tin: ***, ssn: None }");
    }
}
