//! Stored requests: the exact request of a payment, kept by the caller and sent verbatim, perhaps by another process.

mod text;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use dots_api::{AppId, Client, Exchange, IdempotencyKey, Request, Response, Transport};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::text::Fields;
use crate::calls::prepared::{Keyed, Prepared};
use crate::dots::Dots;
use crate::engine::call::{Caller, Payload};
use crate::error::{Error, ErrorKind, Outcome};
use crate::network::config::Environment;
use crate::policy::cross_check::fingerprint;
use crate::policy::idempotency::REFERENCE_NAMESPACE;
use crate::policy::key_registry::EarlierSends;
use crate::reply::Reply;

/// How far the clock of the program that made a request may be ahead.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Holds the exact request of a payment, to be stored before it is sent and sent again after a crash.
///
/// [`Prepared::into_stored`] makes one, [`Dots::send_stored`] sends it: the same bytes under the same idempotency key,
/// whatever the program that sends it would write today. It holds no secret, but it holds people's data: names, phone
/// numbers and amounts. `Debug` shows none of them.
///
/// Its text form, [`Display`](fmt::Display) and [`FromStr`], is one line of JSON and carries a version. `serde` writes
/// the same text as a string. A text that was changed or cut short is refused, and so is one of a newer version of this
/// crate: no field of it is ever dropped. The error names the field that this version does not know, in the text or in
/// the body of the request; read it with the version that wrote it, as after a rollback, or with a newer one.
///
/// # What to store beside it
/// Dots forgets a key after 24 hours ([references/idempotency]), and a process forgets everything when it ends. So store
/// the request before the first send, and the [`Evidence`](crate::Evidence) of each send before anybody acts on it.
/// A request counts as sent when it was made, with an unknown outcome: it is refused when it is too old, and a refusal by
/// Dots does not prove that nothing was paid. If the store knows more, say it with [`Dots::with_earlier`]:
/// [`EarlierSends::Never`] only if it proves that the request was never sent, as by a time that is written down before
/// each send. A row without evidence proves nothing: a program may have ended between the two.
///
/// # Examples
/// A table of one's own. The example `own_table` in this repository's `tests` does it with SQLite, and writes down when a
/// row is first sent.
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = dots_sandbox::Sandbox::start().await?;
/// # let dots = dots_api_ext::Dots::builder()
/// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
/// #     .environment(sandbox.url().parse()?)
/// #     .build()?;
/// use std::collections::BTreeMap;
///
/// use dots_api_ext::dots_api::SendPayout;
/// use dots_api_ext::{Cents, Payee, StoredRequest};
///
/// // Reference, request, and the evidence once there is some.
/// let mut table: BTreeMap<&str, (String, Option<String>)> = BTreeMap::new();
/// let request = dots
///     .send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"))
///     .reference("invoice-881")
///     .into_stored()?;
/// table.insert("invoice-881", (request.to_string(), None));
///
/// // Here, or in another process: each row without evidence is sent.
/// for (text, evidence) in table.values_mut().filter(|(_, evidence)| evidence.is_none()) {
///     let request: StoredRequest = text.parse()?;
///     let sent = dots.send_stored::<SendPayout>(&request).await;
///     let seen = sent.as_ref().map_or_else(|error| error.evidence(), |payout| payout.evidence());
///     *evidence = Some(serde_json::to_string(&seen)?);
/// }
/// # assert_eq!(sandbox.paid("2025550139"), 4_810);
/// # Ok(()) }
/// ```
///
/// [references/idempotency]: https://docs.dots.dev/references/idempotency
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StoredRequest(Box<Fields>);

impl StoredRequest {
    /// Writes the request of an operation for an environment; for programs that plan payments without an API key.
    ///
    /// Clients of any account may send it, so it is for the caller to see that the right one does. `made_at` is the
    /// time of day; see [`made_at`](Self::made_at).
    ///
    /// # Errors
    /// Returns an error when the operation cannot be written as a request.
    ///
    /// # Examples
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use dots_api_ext::dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
    /// use dots_api_ext::{Cents, Environment, StoredRequest};
    ///
    /// let payee = PhonePayee::new("1".parse()?, "2025550139".parse()?);
    /// let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(4_810)).payee(payee));
    /// let request = StoredRequest::of(&Environment::Sandbox, &payout, SystemTime::now())?;
    /// assert_eq!(request.idempotency_key(), payout.body.idempotency_key);
    /// assert_eq!(request.to_string().parse::<StoredRequest>()?, request);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of<O: Keyed>(
        environment: &Environment,
        operation: &O,
        made_at: SystemTime,
    ) -> Result<Self, Error> {
        let client = Client::with_transport(environment.base_url(), Arc::new(NoTransport))
            .map_err(|error| Error::not_sent(error.to_string()))?;
        Self::written(&client, operation, made_at, None, None)
    }

    fn written<O: Keyed>(
        client: &Client,
        operation: &O,
        made_at: SystemTime,
        account: Option<Uuid>,
        app: Option<&AppId>,
    ) -> Result<Self, Error> {
        let refused = |why: String| Error::not_sent(why).of(O::META, operation.idempotency_key());
        // It gives the keys away: from now on, another process may send what was stored.
        let request = operation.request(client).map_err(|error| refused(error.to_string()))?;
        let body = request.body.as_deref().map(<[u8]>::to_vec).unwrap_or_default();
        let body = String::from_utf8(body).map_err(|error| refused(error.to_string()))?;
        let idempotency_key = operation
            .idempotency_key()
            .ok_or_else(|| refused("could not store the request: it has no idempotency key".to_owned()))?;
        let since = made_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self(Box::new(Fields {
            operation: O::META.id.to_owned(),
            server: server(client),
            account,
            app: app.map(ToString::to_string),
            path: O::META.path.to_owned(),
            idempotency_key,
            item_keys: operation.item_keys(),
            made_at: since.as_secs(),
            fingerprint: fingerprint(operation, &body),
            body,
        })))
    }

    /// Returns the id of the operation, such as `send_payout`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Returns the key under which it is sent.
    #[must_use]
    pub fn idempotency_key(&self) -> IdempotencyKey {
        self.0.idempotency_key
    }

    /// Returns the body that is sent, as JSON; it names people.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.0.body
    }

    /// Returns when the request was made, by the clock of the program that made it, in whole seconds.
    #[must_use]
    pub fn made_at(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.0.made_at)).unwrap_or(UNIX_EPOCH)
    }

    /// Returns what tells one payment from another: the operation, the cents and their direction, and who is paid.
    ///
    /// Two requests of one reference with different fingerprints are different payments, and one of them is a mistake.
    /// A key, a memo or metadata does not change it; for a batch, each of its bytes does.
    #[must_use]
    pub fn fingerprint(&self) -> Uuid {
        self.0.fingerprint
    }

    /// Returns the request for clients of any account, such as after the API keys were rotated.
    ///
    /// Only the caller can know whether the new API key is of the same account. **If it is of another one, a request
    /// that was sent before pays again**: Dots tells keys apart by their account.
    #[must_use]
    pub fn for_any_account(mut self) -> Self {
        self.0.account = None;
        self
    }

    /// Refuses a request that this client would send elsewhere.
    pub(crate) fn check_place<O: Keyed>(&self, dots: &Dots) -> Result<(), String> {
        let fields = &*self.0;
        let refused = |what: &str, stored: &str, here: &str| {
            Err(format!("could not send the stored request: it is for {what} `{stored}`, not `{here}`"))
        };
        let here = server(&dots.caller.client);
        let app = dots.app.as_deref().map_or("", AppId::as_str);
        if fields.operation != O::META.id {
            return refused("the operation", &fields.operation, O::META.id);
        }
        if fields.path != O::META.path {
            return refused("the path", &fields.path, O::META.path);
        }
        if fields.server != here {
            return refused("the server", &fields.server, &here);
        }
        if fields.app.as_deref().unwrap_or_default() != app {
            return refused("the app", fields.app.as_deref().unwrap_or_default(), app);
        }
        if fields.account.is_some_and(|account| account != account_id(&dots.account)) {
            return Err("could not send the stored request: it is for another client id".to_owned());
        }
        Ok(())
    }

    /// Reads the operation; refuses a request that this client would send elsewhere, or under other keys.
    pub(crate) fn operation_for<O: Keyed>(&self, dots: &Dots) -> Result<O, String> {
        self.check_place::<O>(dots)?;
        let fields = &*self.0;
        // The error of a reader may repeat a value, which may be a person's name.
        let operation = O::from_body(fields.body.as_bytes()).map_err(|error| {
            let (place, field) = (error.column(), unknown_field(&error.to_string()));
            format!("could not read the stored request at column {place}{field}")
        })?;
        let has_other_keys = operation.idempotency_key() != Some(fields.idempotency_key)
            || operation.item_keys() != fields.item_keys;
        if has_other_keys {
            return Err("could not send the stored request: its body has other idempotency keys".to_owned());
        }
        Ok(operation)
    }
}

impl<O: Keyed> Prepared<O> {
    /// Returns the exact request that awaiting would send, to be stored; see [`StoredRequest`].
    ///
    /// It is for this client's server, client id and app. The other options of the call are not part of it.
    ///
    /// # Errors
    /// Returns an error when a value is invalid.
    ///
    /// # Examples
    /// See [`StoredRequest`].
    pub fn into_stored(self) -> Result<StoredRequest, Error> {
        let dots = self.dots.clone();
        let operation = self.into_operation()?;
        let (client, made_at) = (&dots.caller.client, dots.caller.shared.clock.now());
        let account = Some(account_id(&dots.account));
        StoredRequest::written(client, &operation, made_at, account, dots.app.as_deref())
    }
}

impl Dots {
    /// Sends a stored request verbatim, and again where that is safe and may help, as [`run`](Self::run) does.
    ///
    /// [`with_earlier`](Self::with_earlier) says what is known of earlier sends. Without it, the request counts as sent
    /// when it was made.
    ///
    /// # Errors
    /// Returns an error whose [`outcome`](Error::outcome) says whether the payment may have been made, now or by an
    /// earlier send. A request for another operation, server, client id or app is refused before anything is sent.
    ///
    /// # Examples
    /// See [`StoredRequest`].
    pub async fn send_stored<O: Keyed>(&self, request: &StoredRequest) -> Result<Reply<O::Output>, Error> {
        let caller = &*self.caller;
        let earlier = caller.earlier.unwrap_or(EarlierSends::sent(request.made_at(), Outcome::Unknown));
        let made = self.caller.shared.clock.now().checked_add(TOLERANCE);
        let is_still_to_come = caller.earlier.is_none() && made.is_some_and(|now| request.made_at() > now);
        let operation = request.operation_for::<O>(self).and_then(|operation| {
            let why = "could not send the stored request: it was made at a time still to come, so the clocks differ";
            if is_still_to_come { Err(why.to_owned()) } else { Ok(operation) }
        });
        let caller = Caller { earlier: Some(earlier), ..caller.clone() };
        let key = Some(request.idempotency_key());
        let operation = operation.map_err(|why| caller.refused(O::META, key, why))?;
        caller.run(&Verbatim::new(&operation, request)).await
    }

    /// Sends a stored request verbatim, once its operation was read for this client and what is known of earlier sends
    /// was said.
    #[cfg(feature = "_outbox-store")]
    pub(crate) async fn send_read<O: Keyed>(
        &self,
        operation: &O,
        request: &StoredRequest,
    ) -> Result<Reply<O::Output>, Error> {
        self.caller.run(&Verbatim::new(operation, request)).await
    }
}

/// An operation that is sent as the bytes that it was read from.
struct Verbatim<'a, O> {
    operation: &'a O,
    body: Bytes,
}

impl<'a, O> Verbatim<'a, O> {
    fn new(operation: &'a O, request: &StoredRequest) -> Self {
        Self { operation, body: Bytes::copy_from_slice(request.body().as_bytes()) }
    }
}

impl<O: Keyed> Payload<O> for Verbatim<'_, O> {
    fn operation(&self) -> &O {
        self.operation
    }

    fn send(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Response<O::Output>, dots_api::ClientError>> + Send {
        client.fetch(dots_api::verbatim(client, self.operation, self.body.clone()), O::read)
    }
}

/// Names the field that a reader does not know: one that a newer version of this crate has written, and that must not be
/// dropped. Other errors may repeat a value.
fn unknown_field(error: &str) -> String {
    let name = error.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let why = |(name, _): (&str, &str)| {
        let name: String = name.chars().take(64).flat_map(char::escape_debug).collect();
        format!(": this version does not know its field `{name}`, so it was written by a newer one")
    };
    name.map(why).unwrap_or_default()
}

/// The transport of a client that only writes requests.
#[derive(Debug)]
struct NoTransport;

impl Transport for NoTransport {
    fn send(&self, _: Request) -> Exchange<'_> {
        Box::pin(async { Err("a planned request has no connection".into()) })
    }
}

/// Returns the server of a client, and the app that it acts for, or `none`.
#[cfg(feature = "_outbox-store")]
pub(crate) fn place_of(dots: &Dots) -> (String, String) {
    (server(&dots.caller.client), dots.app.as_deref().map_or_else(|| "none".to_owned(), ToString::to_string))
}

/// Returns the server of a client in one spelling.
fn server(client: &Client) -> String {
    client.base_url().as_str().trim_end_matches('/').to_owned()
}

/// Names an account without repeating its client id.
pub(crate) fn account_id(account: &str) -> Uuid {
    Uuid::new_v5(&REFERENCE_NAMESPACE, account.as_bytes())
}

impl fmt::Display for StoredRequest {
    /// Writes the text form, which holds people's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_text())
    }
}

impl FromStr for StoredRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match Fields::from_text(text) {
            Ok(fields) => Ok(Self(Box::new(fields))),
            // It may have been sent before.
            Err(why) => Err(Error::new(Outcome::Unknown, why).of_kind(ErrorKind::InvalidInput)),
        }
    }
}

impl From<StoredRequest> for String {
    fn from(request: StoredRequest) -> Self {
        request.to_string()
    }
}

impl TryFrom<String> for StoredRequest {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Debug for StoredRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRequest")
            .field("operation", &self.0.operation)
            .field("server", &self.0.server)
            .field("idempotency_key", &self.0.idempotency_key)
            .field("fingerprint", &self.0.fingerprint)
            .field("body_bytes", &self.0.body.len())
            .finish_non_exhaustive()
    }
}
