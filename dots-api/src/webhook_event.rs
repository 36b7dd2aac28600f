//! What the generated enum of webhook events calls, and the event that nobody foresaw.

use std::fmt::{self, Debug};

use serde_json::{Map, Value};

use crate::redact;

/// The spellings of an event's name, and what reads its payload.
pub(crate) type Reader = (&'static [&'static str], fn(&Value) -> serde_json::Result<crate::WebhookEvent>);

/// Gives the enum of events what does not depend on the document.
macro_rules! webhook_event {
    ($name:ident) => {
        impl $name {
            /// Reads the payload of the event with this name, whatever the payload says of its name.
            ///
            /// For what does not name its event, where the name is known from elsewhere: an endpoint that was set up
            /// for one event alone hears of no other.
            ///
            /// # Examples
            /// ```
            /// use dots_api::WebhookEvent;
            ///
            /// let event = WebhookEvent::named("user.updated", serde_json::json!({ "user_id": "u1" }));
            /// assert!(matches!(event, WebhookEvent::UserUpdated(user) if user.user_id.as_str() == "u1"));
            /// ```
            #[must_use]
            pub fn named(name: &str, payload: serde_json::Value) -> Self {
                $crate::webhook_event::read(name, payload, Self::READERS)
            }
        }

        impl From<serde_json::Value> for $name {
            /// Reads a payload by the name in its `event`; what cannot be read is kept as it came.
            fn from(payload: serde_json::Value) -> Self {
                match $crate::webhook_event::name_in(&payload).map(str::to_owned) {
                    Some(name) => Self::named(&name, payload),
                    None => Self::Unknown($crate::UnknownWebhookEvent::new(payload, None)),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde_json::Value::deserialize(deserializer).map(Self::from)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let payload = self.payload().map_err(serde::ser::Error::custom)?;
                let is_known = !matches!(self, Self::Unknown(_));
                let name = self.name().filter(|_| is_known);
                $crate::webhook_event::with_name(payload, name).serialize(serializer)
            }
        }
    };
}

pub(crate) use webhook_event;

/// Reads a payload with the first reader of that name that can.
pub(crate) fn read(name: &str, payload: Value, readers: &[Reader]) -> crate::WebhookEvent {
    let mut problem = None;
    for (_, reader) in readers.iter().filter(|(names, _)| names.contains(&name)) {
        match reader(&payload) {
            Ok(event) => return event,
            // What the form of the document lacks tells more than what an older form does.
            Err(error) => drop(problem.get_or_insert_with(|| redact::unreadable(&error).to_string())),
        }
    }
    crate::WebhookEvent::Unknown(UnknownWebhookEvent::new(payload, problem))
}

/// The name that a payload carries.
pub(crate) fn name_in(payload: &Value) -> Option<&str> {
    payload.get("event")?.as_str()
}

/// Puts the name back that is no field of the payload's type.
pub(crate) fn with_name(mut payload: Value, name: Option<&str>) -> Value {
    if let (Some(name), Some(fields)) = (name, payload.as_object_mut()) {
        fields.insert("event".to_owned(), Value::from(name));
    }
    payload
}

/// A webhook payload that could not be read as any event, kept whole.
///
/// Its `Debug` shows the names of its fields and no value, because nobody knows whom it is about.
///
/// # Examples
/// ```
/// use dots_api::WebhookEvent;
///
/// let payload = serde_json::json!({ "event": "wallet.frozen", "user_id": "u1" });
/// let WebhookEvent::Unknown(event) = WebhookEvent::from(payload) else { unreachable!() };
/// assert_eq!(event.name(), Some("wallet.frozen"));
/// assert_eq!(event.payload()["user_id"], "u1");
/// ```
#[derive(Clone, PartialEq)]
pub struct UnknownWebhookEvent {
    payload: Value,
    problem: Option<String>,
}

impl UnknownWebhookEvent {
    pub(crate) fn new(payload: Value, problem: Option<String>) -> Self {
        Self { payload, problem }
    }

    /// Returns the name in `event`, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        name_in(&self.payload)
    }

    /// Returns the payload as it came.
    #[must_use]
    pub fn payload(&self) -> &Value {
        &self.payload
    }

    /// Returns the payload as it came.
    #[must_use]
    pub fn into_payload(self) -> Value {
        self.payload
    }

    /// Says why a payload whose event is known could not be read, without repeating any value.
    ///
    /// `None` where no event is named, and where this version knows none of that name.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

impl Debug for UnknownWebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.payload.as_object().map(|fields| Vec::from_iter(Map::keys(fields)));
        f.debug_struct("UnknownWebhookEvent")
            .field("name", &self.name())
            .field("fields", &fields.unwrap_or_default())
            .field("problem", &self.problem)
            .finish()
    }
}
