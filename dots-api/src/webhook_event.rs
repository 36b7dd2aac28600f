//! Event dispatch: from a webhook's payload to its type, and the unknown event.

use std::fmt::{self, Debug};

use serde_json::{Map, Value};

use crate::redact;

/// The spellings of an event's name, and the function that reads its payload.
pub(crate) type Reader = (&'static [&'static str], fn(&Value) -> serde_json::Result<crate::WebhookEvent>);

/// Implements the event enum: a table of variants, what each holds, and the names of its event.
///
/// Of several forms of one event, that which the document shows comes first.
macro_rules! webhook_event {
    ($name:ident { $($variant:ident($payload:ty) = $event:literal $(or $alias:literal)?,)+ }) => {
        $crate::open_enum::from_parts!($name: $($variant($payload),)+);

        impl $name {
            /// What reads the payloads.
            const READERS: &'static [$crate::webhook_event::Reader] = &[
                $((&[$event $(, $alias)?], |payload| serde::Deserialize::deserialize(payload).map(Self::$variant)),)+
            ];

            /// Returns the name of the event as the document has it, or whatever name an unknown one carries.
            #[must_use]
            pub fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => Some($event),)+
                    Self::Unknown(event) => event.name(),
                }
            }

            fn payload(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    $(Self::$variant(payload) => serde_json::to_value(payload),)+
                    Self::Unknown(event) => Ok(event.payload().clone()),
                }
            }

            /// Reads a payload as the event with this name, whatever name the payload itself holds.
            ///
            /// Use it for a payload that does not name its event, when the name is known from elsewhere: an endpoint
            /// that is set up for a single event receives no other.
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
            /// Reads a payload by the name in its `event` field; an unreadable payload is kept unchanged.
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

/// Reads a payload with the first reader of that name that succeeds.
pub(crate) fn read(name: &str, payload: Value, readers: &[Reader]) -> crate::WebhookEvent {
    let mut problem = None;
    for (_, reader) in readers.iter().filter(|(names, _)| names.contains(&name)) {
        match reader(&payload) {
            Ok(event) => return event,
            // Reports the error of the documented form, which says more than that of an older form.
            Err(error) => drop(problem.get_or_insert_with(|| redact::unreadable(&error).to_string())),
        }
    }
    crate::WebhookEvent::Unknown(UnknownWebhookEvent::new(payload, problem))
}

/// The event name in a payload.
pub(crate) fn name_in(payload: &Value) -> Option<&str> {
    payload.get("event")?.as_str()
}

/// Restores the name, which is not a field of the payload's type.
pub(crate) fn with_name(mut payload: Value, name: Option<&str>) -> Value {
    if let (Some(name), Some(fields)) = (name, payload.as_object_mut()) {
        fields.insert("event".to_owned(), Value::from(name));
    }
    payload
}

/// A webhook payload that could not be read as any event, kept whole.
///
/// Its `Debug` shows the names of its fields and no values, which may be personal data.
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

    /// Returns the name in the `event` field, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        name_in(&self.payload)
    }

    /// Returns the raw payload.
    #[must_use]
    pub fn payload(&self) -> &Value {
        &self.payload
    }

    /// Returns the raw payload.
    #[must_use]
    pub fn into_payload(self) -> Value {
        self.payload
    }

    /// Returns why the payload of a known event could not be read, without repeating any value.
    ///
    /// `None` if the payload names no event, or one that this version does not know.
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
