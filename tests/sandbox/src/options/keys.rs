//! Options of idempotency keys, where the documentation is silent or contradicts itself.

use std::{collections::BTreeMap, fmt, str::FromStr};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a repeated idempotency key does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRepeat {
    /// What the operation's page says; where it says nothing, the same as `Replay`.
    #[default]
    Documented,
    /// The first answer again, byte for byte.
    Replay,
    /// The object that the key created, as it is now.
    ReturnExisting,
    /// A refusal, as [`KeyRefusal`] has it.
    Reject,
    /// A new payment, as if the operation took no key.
    PayAgain,
}

/// The refusal of a repeated key: no page shows its status or its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRefusal {
    /// Status 409, `invalid-transaction`.
    #[default]
    Conflict,
    /// Status 409 without a code.
    ConflictPlain,
    /// Status 409, `resource-busy`, as if a later retry could succeed.
    Busy,
    /// Status 400 without a code and without a word about the key.
    Plain,
    /// Status 400, `invalid-input`, as for a body that Dots cannot use.
    InvalidInput,
    /// Status 400, `invalid-transaction`, as for a payment that is not possible.
    InvalidTransaction,
    /// Status 422 without a code.
    Unprocessable,
}

/// What happens to a request whose idempotency key is in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyInflight {
    /// The second request is refused with status 409, `resource-busy`.
    Conflict,
    /// The second request waits for the first, and is then a repeat.
    #[default]
    Wait,
    /// Both requests are carried out side by side: the key protects neither of them.
    Race,
}

/// What a repeated key does when the body differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChangedBody {
    /// The same as with the same body ([references/idempotency]).
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    #[default]
    FirstAnswer,
    /// A refusal with status 400.
    Refuse,
    /// A new payment: the key protects a body, and another body is another request.
    PayAgain,
}

/// Which errors are stored under their key, so that a repeat gets them again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum StoreErrors {
    /// No errors.
    #[default]
    None,
    /// Errors with a status of 500 and above.
    #[serde(rename = "5xx")]
    #[value(name = "5xx")]
    ServerErrors,
    /// All errors of requests that the document allows.
    All,
}

/// Where a key must be unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyScope {
    /// In its operation and app: elsewhere the same key is another key.
    #[default]
    Operation,
    /// In its app: a key that one operation used is known to all, and to the items of batches.
    App,
    /// In the whole organization, whichever app acts.
    Organization,
}

/// When the time begins for which a key is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTtlFrom {
    /// When the first request is carried out.
    #[default]
    Commit,
    /// When the first request arrives, however late it is carried out.
    Arrival,
    /// When the key was last used: every repeat begins it anew.
    LastUse,
}

/// The reading for the repeated keys of one operation, or of the items of one kind of batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRepeatFor {
    /// The id of an operation, such as `create_transfer`; with `.items` behind it, the items of a batch.
    pub operation: String,
    /// What a repeated key does there.
    pub reading: KeyRepeat,
}

impl FromStr for KeyRepeatFor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (operation, reading) =
            text.split_once('=').ok_or_else(|| "not of the form `OPERATION=READING`".to_owned())?;
        let reading = KeyRepeat::from_str(reading, false).map_err(|_| format!("no reading `{reading}`"))?;
        Ok(Self { operation: operation.to_owned(), reading })
    }
}

impl fmt::Display for KeyRepeatFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reading = self.reading.to_possible_value();
        write!(f, "{}={}", self.operation, reading.as_ref().map_or("", |value| value.get_name()))
    }
}

/// The readings of single operations, which take precedence over the one for all.
pub(crate) type KeyRepeats = BTreeMap<String, KeyRepeat>;
