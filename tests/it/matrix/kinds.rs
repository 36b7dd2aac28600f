//! The kinds of operation, and how often each has happened according to the world.

use std::pin::Pin;

use dots_api::{
    CreateTransfer, CreateTransferRequest, CreateUser, CreateUserRequest, GetPayoutLink, ListPayoutRequests,
    Operation, SubmitPayoutRequest, SubmitPayoutRequestRequest,
};
use dots_api_ext::{Cents, Dots, Error, UserId};
use dots_sandbox::Sandbox;

use crate::world::{PHONE, TEN_DOLLARS, client_of, somebody};

/// One operation of each kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A known key is answered with what it made.
    SendPayout,
    /// A known key is refused.
    CreateTransfer,
    /// No key is taken.
    SubmitPayoutRequest,
    /// Nothing is changed.
    GetPayoutLink,
}

/// Runs the operation, always the same one, with a client.
pub(super) type Run = Box<dyn Fn(Dots) -> Running>;

/// One run that is under way.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// An operation that is ready to be run.
pub(super) struct Played {
    pub(super) run: Run,
}

impl Kind {
    pub(super) const fn operation(self) -> &'static str {
        match self {
            Self::SendPayout => "send_payout",
            Self::CreateTransfer => "create_transfer",
            Self::SubmitPayoutRequest => "submit_payout_request",
            Self::GetPayoutLink => "get_payout_link",
        }
    }

    pub(super) const fn is_keyed(self) -> bool {
        matches!(self, Self::SendPayout | Self::CreateTransfer)
    }

    pub(super) const fn reads(self) -> bool {
        matches!(self, Self::GetPayoutLink)
    }

    /// Makes what the operation needs, and the operation.
    pub(super) async fn prepare(self, sandbox: &Sandbox) -> Played {
        let dots = client_of(&sandbox.url());
        let run = match self {
            Self::SendPayout => runs(dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap()),
            Self::CreateTransfer => {
                let body = CreateTransferRequest::new(Cents::new(-1_000), person(&dots).await);
                runs(CreateTransfer::new(body))
            }
            Self::SubmitPayoutRequest => {
                let body = SubmitPayoutRequestRequest::new(TEN_DOLLARS).user_id(person(&dots).await);
                runs(SubmitPayoutRequest::new(body))
            }
            Self::GetPayoutLink => {
                let link = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
                runs(GetPayoutLink::new(link.id.clone()))
            }
        };
        Played { run }
    }

    /// Counts how often the operation has happened in this world, for anybody.
    pub(super) async fn count(self, sandbox: &Sandbox) -> i64 {
        match self {
            Self::SendPayout | Self::GetPayoutLink => i64::try_from(sandbox.links()).unwrap(),
            Self::CreateTransfer => (1_000_000_000 - sandbox.balance()) / 1_000,
            Self::SubmitPayoutRequest => requests(&client_of(&sandbox.url())).await,
        }
    }
}

fn runs<O: Operation>(operation: O) -> Run {
    Box::new(move |dots| {
        let operation = operation.clone();
        Box::pin(async move { dots.run(operation).await.map(drop) })
    })
}

/// Somebody new.
async fn person(dots: &Dots) -> UserId {
    let (code, number) = ("1".parse().unwrap(), PHONE.parse().unwrap());
    let body = CreateUserRequest::new("Jo", "Doe", "jo@example.com", code, number);
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
