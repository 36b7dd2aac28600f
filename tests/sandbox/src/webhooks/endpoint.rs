//! Webhook endpoints: as requested, as kept, and as shown.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{WebhookError, secret::Secret, target::Target};
use crate::{
    spec::Spec,
    state::{Event, Kind, State},
};

/// A webhook endpoint to be added; a URL is enough.
///
/// ```
/// use dots_sandbox::{WebhookEndpoint, WebhookHeaders};
///
/// WebhookEndpoint::new("http://127.0.0.1:4020/dots")
///     .secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
///     .event("transfer.completed")
///     .event("transfer.failed")
///     .headers(WebhookHeaders::Standard);
/// ```
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    url: String,
    #[serde(default)]
    secrets: Vec<String>,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    headers: WebhookHeaders,
    #[serde(default)]
    organization: bool,
    app_id: Option<String>,
}

impl WebhookEndpoint {
    /// Sends every event of the first app to this URL, which must be on this machine.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            secrets: Vec::new(),
            events: Vec::new(),
            headers: WebhookHeaders::default(),
            organization: false,
            app_id: None,
        }
    }

    /// Returns the requested URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Adds a signing secret, `whsec_` and base64; several secrets all sign. Without a secret, the sandbox draws one
    /// from its seed.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Subscribes the endpoint to an event; without any, it receives all.
    #[must_use]
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.events.push(name.into());
        self
    }

    /// Sets the names of the headers, by default `svix-…`.
    #[must_use]
    pub fn headers(self, headers: WebhookHeaders) -> Self {
        Self { headers, ..self }
    }

    /// Makes it an endpoint of the organization, which receives the events of every app, with the app in `api_app_id`.
    #[must_use]
    pub fn organization(self) -> Self {
        Self { organization: true, ..self }
    }

    /// Sets the app whose events it receives, by default the first one.
    #[must_use]
    pub fn app_id(self, id: impl Into<String>) -> Self {
        Self { app_id: Some(id.into()), ..self }
    }
}

impl From<&str> for WebhookEndpoint {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for WebhookEndpoint {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl std::fmt::Debug for WebhookEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookEndpoint")
            .field("url", &self.url)
            .field("secrets", &format_args!("{} of them", self.secrets.len()))
            .field("events", &self.events)
            .field("headers", &self.headers)
            .field("organization", &self.organization)
            .field("app_id", &self.app_id)
            .finish()
    }
}

/// The names of the three headers of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookHeaders {
    /// `svix-id`, `svix-timestamp`, `svix-signature`.
    #[default]
    Svix,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`, as in Standard Webhooks.
    Standard,
    /// Both families, with the same values.
    Both,
}

impl WebhookHeaders {
    pub(super) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Svix => &["svix"],
            Self::Standard => &["webhook"],
            Self::Both => &["svix", "webhook"],
        }
    }
}

/// A webhook endpoint that the sandbox delivers to.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Webhook {
    /// The id, such as `ep_1`.
    pub id: String,
    /// The URL.
    pub url: String,
    /// The signing secrets, in the order of the signatures.
    pub secrets: Vec<String>,
    /// The events that it receives; an empty list means all.
    pub events: Vec<String>,
    /// The names of its headers.
    pub headers: WebhookHeaders,
    /// The app whose events it receives; `None` for an endpoint of the organization.
    pub app_id: Option<String>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}

/// A valid endpoint.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) number: u64,
    pub(super) url: String,
    pub(super) target: Target,
    pub(super) secrets: Vec<Secret>,
    events: BTreeSet<String>,
    pub(super) headers: WebhookHeaders,
    /// `None` for an endpoint of the organization.
    app: Option<Uuid>,
}

/// An endpoint as the state file keeps it.
#[derive(Deserialize, Serialize)]
pub(crate) struct KeptEndpoint {
    number: u64,
    url: String,
    secrets: Vec<String>,
    events: BTreeSet<String>,
    headers: WebhookHeaders,
    app: Option<Uuid>,
}

impl std::fmt::Debug for KeptEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptEndpoint").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Returns what the state file keeps.
    pub(super) fn keep(&self) -> KeptEndpoint {
        KeptEndpoint {
            number: self.number,
            url: self.url.clone(),
            secrets: self.secrets.iter().map(|secret| secret.text().to_owned()).collect(),
            events: self.events.clone(),
            headers: self.headers,
            app: self.app,
        }
    }

    /// Restores an endpoint from the state file.
    ///
    /// # Errors
    /// Refuses an endpoint that could never have been added.
    pub(super) fn restore(kept: KeptEndpoint) -> Result<Self, WebhookError> {
        let KeptEndpoint { number, url, secrets, events, headers, app } = kept;
        let target = Target::read(&url)?;
        let secrets = secrets.iter().map(|secret| Secret::read(secret)).collect::<Result<_, _>>()?;
        Ok(Self { number, url, target, secrets, events, headers, app })
    }

    /// Validates a requested endpoint.
    ///
    /// # Errors
    /// Refuses an address on another machine, an invalid secret, an unknown event and an unknown app.
    pub(super) fn read(
        number: u64,
        asked: &WebhookEndpoint,
        state: &State,
        spec: &Spec,
    ) -> Result<Self, WebhookError> {
        if let Some(unknown) = asked.events.iter().find(|name| spec.event(name).is_none()) {
            return Err(WebhookError::event(unknown));
        }
        let app = match &asked.app_id {
            Some(id) => Uuid::try_parse(id).map_err(|_| WebhookError::app())?,
            None => state.ids.app(),
        };
        if state.objects.find(Kind::App, &app).is_none() {
            return Err(WebhookError::app());
        }
        let mut endpoint = Self {
            number,
            url: asked.url.clone(),
            target: Target::read(&asked.url)?,
            secrets: Vec::new(),
            events: asked.events.iter().cloned().collect(),
            headers: asked.headers,
            app: (!asked.organization).then_some(app),
        };
        endpoint.take_secrets(&asked.secrets, state)?;
        Ok(endpoint)
    }

    /// Replaces the signing secrets; without any, the sandbox draws one.
    ///
    /// # Errors
    /// Refuses an invalid secret, and keeps the old ones.
    pub(super) fn take_secrets(&mut self, secrets: &[String], state: &State) -> Result<(), WebhookError> {
        self.secrets = if secrets.is_empty() {
            vec![Secret::drawn(state.ids, self.number)?]
        } else {
            secrets.iter().map(|secret| Secret::read(secret)).collect::<Result<_, _>>()?
        };
        Ok(())
    }

    /// Whether the endpoint subscribes to this event.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let of_its_app = self.app.is_none_or(|app| app == event.app);
        of_its_app && (self.events.is_empty() || self.events.contains(event.name))
    }

    /// Whether its deliveries name the app.
    pub(super) fn is_of_organization(&self) -> bool {
        self.app.is_none()
    }

    pub(super) fn id(&self) -> String {
        format!("ep_{}", self.number)
    }

    pub(super) fn show(&self) -> Webhook {
        Webhook {
            id: self.id(),
            url: self.url.clone(),
            secrets: self.secrets.iter().map(|secret| secret.text().to_owned()).collect(),
            events: self.events.iter().cloned().collect(),
            headers: self.headers,
            app_id: self.app.map(|app| app.to_string()),
        }
    }
}
