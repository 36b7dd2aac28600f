//! Makes the future of a call: which operation, which key, which options, and in which order.

use std::pin::Pin;
use std::time::Duration;

use dots_api::{Cents, IdempotencyKey, Metadata, UserId};
use dots_api_ext::{BatchItem, EarlierSends, Error, Keyed, LinkDelivery, Payee, PayoutRail, Phone, Prepared};
use fastrand::Rng;
use http::HeaderValue;
use serde_json::{Map, json};

use super::notes::End;
use super::process::{Made, app_id};
use super::program::{PaymentKind, Policy, Way};
use super::world::CALL;

/// The future of a call.
pub(super) type Ending = Pin<Box<dyn Future<Output = End> + Send>>;

/// Stands for the raw client, which holds nothing back.
const RAW: u64 = u64::MAX;

/// A call with everything decided.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) way: Way,
    pub(super) name: Name,
    pub(super) app: Option<u8>,
    pub(super) earlier: Option<EarlierSends>,
    pub(super) policy: Option<Policy>,
    pub(super) timeout: Option<Duration>,
    pub(super) order: u64,
    pub(super) number: u64,
}

/// What a payment is known by.
#[derive(Clone, Debug)]
pub(super) enum Name {
    Reference(String),
    Key(IdempotencyKey),
}

/// What is paid, to whom.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    pub(super) kind: PaymentKind,
    pub(super) thing: usize,
    pub(super) amount: i64,
    pub(super) intent: String,
    pub(super) items: Vec<(Name, Bill)>,
}

impl Bill {
    fn user(&self) -> UserId {
        format!("22222222-2222-4222-8222-{:012}", self.thing).parse().unwrap()
    }

    fn phone(&self) -> Phone {
        Phone::new("1", format!("20255501{:02}", self.thing))
    }

    fn metadata(&self) -> Metadata {
        let mut map = Map::new();
        map.insert("intent".to_owned(), json!(self.intent));
        Metadata::from(map)
    }

    fn cents(&self) -> Cents {
        Cents::new(self.amount)
    }

    /// Names the operation that pays it.
    pub(super) fn operation(&self) -> &'static str {
        match self.kind {
            PaymentKind::Payout | PaymentKind::PayoutByPhone => "send_payout",
            PaymentKind::Link => "create_payout_link",
            PaymentKind::Transfer | PaymentKind::TransferBack => "create_transfer",
            PaymentKind::Wallet => "create_payout",
            PaymentKind::Batch | PaymentKind::Item => "create_payout_batch",
        }
    }

    /// Makes the call.
    pub(super) fn call(&self, made: &Made, decided: &Decided) -> Ending {
        let (dots, cents, user) = (&made.dots, self.cents(), self.user());
        match self.kind {
            PaymentKind::Payout | PaymentKind::PayoutByPhone => {
                let is_user = self.kind == PaymentKind::Payout;
                let payee = if is_user {
                    Payee::from(user)
                } else {
                    Payee::phone("1", format!("20255501{:02}", self.thing))
                };
                let call = dots.send_payout(cents, payee).metadata(self.metadata());
                make(call, made, decided, |link| link.id.to_string())
            }
            PaymentKind::Link => {
                let call = dots.create_payout_link(cents, LinkDelivery::Sms(self.phone()));
                make(call.metadata(self.metadata()), made, decided, |link| link.id.to_string())
            }
            PaymentKind::Transfer => {
                let call = dots.transfer_to_user(&user, cents).metadata(self.metadata());
                make(call, made, decided, |transfer| transfer.id.to_string())
            }
            PaymentKind::TransferBack => {
                let call = dots.transfer_from_user(&user, cents).metadata(self.metadata());
                make(call, made, decided, |transfer| transfer.id.to_string())
            }
            PaymentKind::Wallet => {
                let call = dots.pay_from_wallet(&user, cents, PayoutRail::Default);
                make(call.metadata(self.metadata()), made, decided, |transfer| transfer.id.to_string())
            }
            PaymentKind::Batch | PaymentKind::Item => {
                let items = self.items.iter().map(|(name, bill)| bill.item(name));
                let call = dots.create_payout_batch(items).metadata(self.metadata());
                make(call, made, decided, |batch| batch.id.to_string())
            }
        }
    }

    /// Returns the key that a call of this kind has from the beginning.
    pub(super) fn fresh_key(&self, made: &Made) -> IdempotencyKey {
        let call = made.dots.transfer_to_user(&self.user(), Cents::new(1));
        call.into_operation().unwrap().body.idempotency_key
    }

    fn item(&self, name: &Name) -> BatchItem {
        let item = BatchItem::new(&self.user(), self.cents(), PayoutRail::Default).metadata(self.metadata());
        match name {
            Name::Reference(text) => item.reference(text.clone()),
            Name::Key(key) => item.with_idempotency_key(*key),
        }
    }
}

fn make<O>(call: Prepared<O>, made: &Made, decided: &Decided, id: fn(&O::Output) -> String) -> Ending
where
    O: Keyed + Clone + Send + Sync + 'static,
    O::Output: Send + Sync + 'static,
{
    // What the raw client meets is nothing to the others.
    let gate = if decided.way == Way::Raw { RAW } else { made.gate };
    let label = HeaderValue::try_from(format!("{}/{gate}", decided.number)).unwrap();
    match decided.way {
        Way::Send => {
            let call = with_options(call, decided).header(CALL, label).send();
            Box::pin(async move { ended(call.await, id) })
        }
        Way::ReadBack => {
            let operation = named(call.clone(), decided).into_operation();
            let key = operation.ok().and_then(|operation| operation.idempotency_key());
            // As it was read from a log.
            let key = key.map(|key| key.to_string().parse().unwrap());
            let call = with_options(call, decided).header(CALL, label);
            let call = key.into_iter().fold(call, Prepared::with_idempotency_key).send();
            Box::pin(async move { ended(call.await, id) })
        }
        Way::Run => {
            let operation = named(call, decided).into_operation();
            let dots = configured(made, decided, label);
            Box::pin(async move {
                match operation {
                    Ok(operation) => ended(dots.run(operation).await, id),
                    Err(error) => failed(&error),
                }
            })
        }
        Way::Raw => {
            let operation = named(call, decided).into_operation();
            let (raw, time) = (made.raw.clone().with_header(CALL, label), made.clock.time.clone());
            Box::pin(async move {
                let Ok(operation) = operation else { return End::Raw { is_paid: false } };
                let sent = Box::pin(operation.send(&raw));
                let timeout = Box::pin(time.wait(Duration::from_secs(60)));
                let first = futures_util::future::select(sent, timeout).await;
                let is_paid = matches!(first, futures_util::future::Either::Left((Ok(_), _)));
                End::Raw { is_paid }
            })
        }
    }
}

/// Gives a call its name and the app that is part of it, in any order.
fn named<O: Keyed>(call: Prepared<O>, decided: &Decided) -> Prepared<O> {
    let app = |call: Prepared<O>| match decided.app {
        Some(app) => call.app(&app_id(app)),
        None => call,
    };
    let name = |call: Prepared<O>| match &decided.name {
        Name::Reference(text) => call.reference(text.clone()),
        Name::Key(key) => call.with_idempotency_key(*key),
    };
    if decided.order.is_multiple_of(2) { name(app(call)) } else { app(name(call)) }
}

/// Sets all options, in any order.
fn with_options<O: Keyed>(mut call: Prepared<O>, decided: &Decided) -> Prepared<O> {
    let mut options = [0, 1, 2, 3];
    Rng::with_seed(decided.order).shuffle(&mut options);
    for option in options {
        call = match option {
            0 => named(call, decided),
            1 => decided.earlier.into_iter().fold(call, Prepared::earlier),
            2 => decided.policy.into_iter().fold(call, |call, policy| call.retry(policy.policy())),
            _ => decided.timeout.into_iter().fold(call, Prepared::timeout),
        };
    }
    call
}

/// Returns a clone of the client that has the options of a call, set in any order.
fn configured(made: &Made, decided: &Decided, label: HeaderValue) -> dots_api_ext::Dots {
    let mut options = [0, 1, 2, 3];
    Rng::with_seed(decided.order).shuffle(&mut options);
    let mut dots = made.dots.with_header(CALL, label).unwrap();
    for option in options {
        dots = match (option, decided) {
            (0, Decided { app: Some(app), .. }) => dots.with_app(&app_id(*app)).unwrap(),
            (1, Decided { earlier: Some(earlier), .. }) => dots.with_earlier(*earlier),
            (2, Decided { policy: Some(policy), .. }) => dots.with_retry(policy.policy()),
            (3, Decided { timeout: Some(timeout), .. }) => dots.with_timeout(*timeout),
            _ => dots,
        };
    }
    dots
}

fn ended<T>(result: Result<dots_api_ext::Reply<T>, Error>, id: fn(&T) -> String) -> End {
    match result {
        Ok(reply) => End::Paid { id: id(&reply) },
        Err(error) => failed(&error),
    }
}

pub(super) fn failed(error: &Error) -> End {
    End::Failed { outcome: error.outcome(), attempts: error.attempts(), text: error.to_string() }
}
