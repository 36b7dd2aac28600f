//! The raw client's part: it notes each key that it sends, and no answer.

use url::{Host, Url};

use super::{KeyHistory, KeyRecord, Place, Sent};
use crate::IdempotencyKey;

/// Notes the keys that one client sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    record: &'static KeyRecord,
    place: Place,
}

impl Sender {
    /// Returns the sender of a client of this base URL.
    pub(crate) fn to(base: &Url) -> Self {
        let record = KeyRecord::of_this_process();
        Self { record, place: record.place(&server(base), KeyRecord::MACHINE) }
    }

    /// Returns the sender of a client that acts for this app.
    pub(crate) fn for_app(self, app: &str) -> Self {
        Self { place: self.record.place_of_app(self.place, app), ..self }
    }

    /// Notes that a key is handed to a transport. What comes of it stays in doubt: nobody tells.
    pub(crate) fn note_sent(self, key: &IdempotencyKey, operation: &'static str) {
        let first = super::first_send_now();
        let sent =
            Sent { place: self.place, operation: Some(operation), first, history: KeyHistory::InDoubt };
        // Of a record that is full, `dots-api-ext` sends nothing new, and this client refuses nothing.
        if !self.record.is_full() || !self.record.sends(key).is_empty() {
            self.record.note(key, sent);
        }
    }
}

/// Names the server of a URL: scheme, host and port. All names of this machine are one.
#[must_use]
pub fn server(url: &Url) -> String {
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => matches!(name.trim_end_matches('.'), "localhost"),
        None => false,
    };
    let host = if is_here { "localhost" } else { url.host_str().unwrap_or_default().trim_end_matches('.') };
    format!("{}://{host}:{}", url.scheme(), url.port_or_known_default().unwrap_or_default())
}
