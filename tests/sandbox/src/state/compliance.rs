//! The compliance data of a user: tax forms, and identity and background checks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The tax form of a user, and the checks that were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compliance {
    /// The form that was submitted last.
    pub(crate) form: Option<TaxForm>,
    pub(crate) id_verified: bool,
    /// When the background check was passed; here every check is.
    pub(crate) background_check: Option<Timestamp>,
}

/// A tax form, without the tax number: the result of its check is known when the form is submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxForm {
    /// The form of a person or a business in the US.
    W9 { entity_type: TaxEntity, business_name: Option<String>, check: TaxCheck },
    /// The form of a person outside the US; its tax number is not checked.
    W8ben,
}

/// Whether a W-9 is of a person or of a business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxEntity {
    Individual,
    Business,
}

/// The state of the check of a tax number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxCheck {
    /// The check ends at this time, with this result.
    Pending {
        due: Timestamp,
        matches: bool,
    },
    Matched,
    Mismatched,
}

impl TaxCheck {
    /// The state as the API writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Matched => "matched",
            Self::Mismatched => "mismatched",
        }
    }

    /// Returns the state of the check at a time.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        match self {
            Self::Pending { due, matches } if due <= now => {
                if matches {
                    Self::Matched
                } else {
                    Self::Mismatched
                }
            }
            Self::Pending { .. } | Self::Matched | Self::Mismatched => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_ends_when_it_is_due_and_with_the_result_it_was_made_with() {
        let (now, due) = (Timestamp::constant(1, 0), Timestamp::constant(2, 0));
        for (matches, end) in [(true, TaxCheck::Matched), (false, TaxCheck::Mismatched)] {
            let check = TaxCheck::Pending { due, matches };
            assert_eq!(check.at(now), check);
            assert_eq!(check.at(due), end);
            assert_eq!(end.at(due), end);
        }
    }
}
