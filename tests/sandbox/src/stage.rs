//! Where a request is played from beginning to end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    check::{self, Call, Incoming},
    credentials,
    handlers::{self, Handler},
    record::{Exchange, ReceivedRequest},
    reply::{Refusal, Reply},
    spec::Spec,
    state::State,
    transcript,
};

/// The document and the world; every connection plays here.
#[derive(Debug)]
pub(crate) struct Stage {
    spec: Arc<Spec>,
    world: Mutex<World>,
}

/// Everything that changes, under one lock: so a transcript is in the order of the changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) violations: Vec<String>,
}

impl Stage {
    pub(crate) fn new(spec: Arc<Spec>, state: State) -> Self {
        let world = World { state, exchanges: Vec::new(), violations: Vec::new() };
        Self { spec, world: Mutex::new(world) }
    }

    /// Plays one request.
    pub(crate) fn play(&self, incoming: &Incoming) -> Reply {
        let call = credentials::check(&incoming.headers).and_then(|()| check::request(&self.spec, incoming));
        let mut world = self.world();
        let (key, reply) = match call {
            Ok(call) => (call.key(), world.perform(&call, handlers::find(&call.operation.id))),
            Err(refusal) => (None, refusal.into()),
        };
        let request = ReceivedRequest::new(incoming);
        world.exchanges.push(Exchange { request, key, status: reply.status, note: reply.note.clone() });
        reply
    }

    /// Records a request whose body was not read, and answers it.
    pub(crate) fn refuse(&self, incoming: &Incoming, refusal: Refusal) -> Reply {
        let reply = Reply::from(refusal);
        let request = ReceivedRequest::new(incoming);
        self.world().exchanges.push(Exchange {
            request,
            key: None,
            status: reply.status,
            note: reply.note.clone(),
        });
        reply
    }

    /// Notes a mistake of the sandbox itself.
    pub(crate) fn note_violation(&self, violation: String) {
        self.world().violations.push(violation);
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.world().state.clock.advance(duration);
    }

    pub(crate) fn transcript(&self) -> String {
        let world = self.world();
        transcript::write(&world.exchanges, &world.state)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A change is applied in one step, so a panic elsewhere leaves nothing half-done behind.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Decides, checks the answer, and only then changes anything.
    fn perform(&mut self, call: &Call<'_>, handler: Option<Handler>) -> Reply {
        let id = &call.operation.id;
        let not_played = || Refusal::not_played(format!("the sandbox does not play `{id}` yet"));
        let decision = handler.ok_or_else(not_played).and_then(|handler| handler(call, &self.state));
        let (change, reply) = match decision {
            Ok(decision) => (Some(decision.change), decision.reply),
            Err(refusal) => (None, refusal.into()),
        };
        if let Err(violation) = check::answer(call.operation, &reply) {
            self.violations.push(violation.clone());
            return Refusal::violation(format!("a mistake in the sandbox; nothing was changed: {violation}"))
                .into();
        }
        if let Some(change) = change {
            self.state.apply(change);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use bytes::Bytes;
    use hyper::{HeaderMap, Method, StatusCode};
    use serde_json::json;

    use super::*;
    use crate::{
        handlers::Decision,
        state::{Change, User, UserStatus},
    };

    /// A handler with a mistake: it adds a user, and its answer lacks everything.
    fn broken(_: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        let user = User {
            id: state.ids.user(0),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            country_code: String::new(),
            phone_number: String::new(),
            status: UserStatus::Unverified,
            default_payout_method: None,
            payout_options_exclude_list: Vec::new(),
            adjustment_1099: None,
            metadata: None,
        };
        let reply = Reply::json(StatusCode::OK, &json!({ "first_name": "Jo" }), "");
        Ok(Decision { change: Change::AddUser(Box::new(user)), reply })
    }

    #[test]
    fn an_answer_that_breaks_the_document_becomes_a_500_and_changes_nothing() {
        let stage = Stage::new(Spec::embedded().unwrap(), State::new(1, 100));
        let path = format!("/api/v2/users/{}", stage.world().state.ids.user(0));
        let incoming = Incoming {
            method: Method::GET,
            path,
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let call = check::request(&stage.spec, &incoming).unwrap();
        let reply = stage.world().perform(&call, Some(broken));

        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        let body = String::from_utf8(reply.body).unwrap();
        assert!(
            body.contains("nothing was changed: `get_user` answered 200 and broke the document"),
            "{body}"
        );
        assert!(body.contains("/required"), "{body}");
        assert_eq!(stage.world().violations.len(), 1);
        assert_eq!(stage.world().state.users.len(), 0);
    }
}
