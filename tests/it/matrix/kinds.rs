//! The kinds of operation, and how often each has happened in the world.

use std::pin::Pin;

use dots_api::{
    AppFundsRequest, CreateTransfer, CreateTransferRequest, CreateUser, CreateUserRequest,
    CreateUserRequestFields, GetPayoutLink, Idempotency, ListPayoutRequests, Operation, OperationMeta,
    PayoutLink, SendPayout, SubmitPayoutRequest, SubmitPayoutRequestRequest, WithdrawAppFunds,
};
use dots_api_ext::{Cents, Dots, Error, Reply, UserId};
use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::world::{PHONE, TEN_DOLLARS, client_of, somebody};

/// The balance of the wallets in these worlds.
pub(super) const FUNDS: i64 = 1_000_000_000;

/// One operation of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A reused key returns what it created.
    SendPayout,
    /// A reused key is refused.
    CreateTransfer,
    /// The effect of a reused key is not documented.
    WithdrawAppFunds,
    /// The operation takes no key.
    SubmitPayoutRequest,
    /// The operation only reads.
    GetPayoutLink,
}

/// The kinds that take a key.
pub(super) const KEYED: [Kind; 3] = [Kind::SendPayout, Kind::CreateTransfer, Kind::WithdrawAppFunds];

/// Runs the same operation with a client.
pub(super) type Run = Box<dyn Fn(Dots) -> Running>;

/// A run in flight.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<Answered, Error>>>>;

/// A success: its content and the number of attempts.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) says: Value,
    pub(super) attempts: u32,
}

/// An operation that is ready to run.
pub(super) struct Played {
    pub(super) run: Run,
    /// The same key for twice the amount, if there is a key.
    pub(super) changed: Option<Run>,
    /// The content of a true success.
    pub(super) truth: Value,
}

impl Kind {
    const fn meta(self) -> &'static OperationMeta {
        match self {
            Self::SendPayout => SendPayout::META,
            Self::CreateTransfer => CreateTransfer::META,
            Self::WithdrawAppFunds => WithdrawAppFunds::META,
            Self::SubmitPayoutRequest => SubmitPayoutRequest::META,
            Self::GetPayoutLink => GetPayoutLink::META,
        }
    }

    pub(super) const fn operation(self) -> &'static str {
        self.meta().id
    }

    pub(super) fn is_keyed(self) -> bool {
        KEYED.contains(&self)
    }

    pub(super) const fn reads(self) -> bool {
        matches!(self, Self::GetPayoutLink)
    }

    /// Creates the objects that the operation needs, and the operation.
    pub(super) async fn prepare(self, sandbox: &Sandbox) -> Played {
        let dots = client_of(&sandbox.url());
        let twice = Cents::new(2 * TEN_DOLLARS.get());
        let amount = |cents: i64| json!({ "amount": cents });
        match self {
            Self::SendPayout => {
                let operation = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
                let mut changed = operation.clone();
                changed.body.amount = twice;
                let says = |link: &PayoutLink| json!({ "amount": link.amount });
                Played::keyed(runs(operation, says), runs(changed, says), amount(1_000))
            }
            Self::CreateTransfer => {
                let body = CreateTransferRequest::new(Cents::new(-1_000), person(&dots).await);
                let mut changed = body.clone();
                changed.amount = Cents::new(-twice.get());
                let says = |transfer: &dots_api::Transfer| json!({ "amount": transfer.amount });
                let run = |body| runs(CreateTransfer::new(body), says);
                Played::keyed(run(body), run(changed), amount(-1_000))
            }
            Self::WithdrawAppFunds => {
                let app: dots_api::AppId = sandbox.app_id().parse().unwrap();
                let body = AppFundsRequest::new(TEN_DOLLARS);
                let mut changed = body.clone();
                changed.amount = twice;
                let says = |transfer: &dots_api::Transfer| json!({ "amount": transfer.amount });
                let run = |body| runs(WithdrawAppFunds::new(app.clone(), body), says);
                Played::keyed(run(body), run(changed), amount(-1_000))
            }
            Self::SubmitPayoutRequest => {
                let body = SubmitPayoutRequestRequest::new(TEN_DOLLARS).user_id(person(&dots).await);
                let run = runs(SubmitPayoutRequest::new(body), |request| json!({ "amount": request.amount }));
                Played { run, changed: None, truth: amount(1_000) }
            }
            Self::GetPayoutLink => {
                let link = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
                let says = |link: &PayoutLink| json!({ "id": link.id, "amount": link.amount, "status": link.status });
                let run = runs(GetPayoutLink::new(link.id.clone()), says);
                Played { run, changed: None, truth: says(&link) }
            }
        }
    }

    /// Counts how often the operation has happened in this world.
    pub(super) async fn count(self, sandbox: &Sandbox) -> i64 {
        match self {
            Self::SendPayout | Self::GetPayoutLink => i64::try_from(sandbox.links()).unwrap(),
            Self::CreateTransfer | Self::WithdrawAppFunds => (FUNDS - sandbox.balance()) / 1_000,
            Self::SubmitPayoutRequest => requests(&client_of(&sandbox.url())).await,
        }
    }
}

impl Played {
    fn keyed(run: Run, changed: Run, truth: Value) -> Self {
        Self { run, changed: Some(changed), truth }
    }
}

fn runs<O: Operation>(operation: O, says: impl Fn(&O::Output) -> Value + Copy + 'static) -> Run {
    Box::new(move |dots| {
        let operation = operation.clone();
        Box::pin(async move {
            let answer: Reply<O::Output> = dots.run(operation).await?;
            Ok(Answered { says: says(&answer), attempts: answer.attempts() })
        })
    })
}

/// Creates a new user.
async fn person(dots: &Dots) -> UserId {
    let (code, number) = ("1".parse().unwrap(), PHONE.parse().unwrap());
    let body = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: "jo@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    dots.run(CreateUser::new(body)).await.unwrap().id.clone()
}

async fn requests(dots: &Dots) -> i64 {
    let mut list = ListPayoutRequests::new().limit(100);
    let mut count = 0;
    loop {
        let page = dots.run(list.clone()).await.unwrap();
        count += page.data.len();
        match page.data.last() {
            Some(last) if page.has_more => list = list.starting_after(last.id.clone()),
            _ => return i64::try_from(count).unwrap(),
        }
    }
}

#[test]
fn every_meaning_of_a_known_key_is_among_the_kinds() {
    let kinds = [
        (Kind::SendPayout, Idempotency::ReturnsExisting),
        (Kind::CreateTransfer, Idempotency::RejectsDuplicate),
        (Kind::WithdrawAppFunds, Idempotency::Unspecified),
        (Kind::SubmitPayoutRequest, Idempotency::Unkeyed),
        (Kind::GetPayoutLink, Idempotency::Unkeyed),
    ];
    for (kind, idempotency) in kinds {
        let meta = kind.meta();
        assert_eq!((meta.idempotency, meta.method.is_safe()), (idempotency, kind.reads()), "{kind:?}");
        // A new variant needs a kind.
        match idempotency {
            Idempotency::ReturnsExisting
            | Idempotency::RejectsDuplicate
            | Idempotency::Unspecified
            | Idempotency::Unkeyed => {}
        }
    }
}
