//! Where a request is played from beginning to end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    check::{self, Call, Incoming},
    credentials,
    handlers::{self, Play},
    idempotency,
    inflight::Inflight,
    options::KeyInflight,
    plan::{Decision, Plan},
    record::{Exchange, ReceivedRequest, Record},
    reply::{Refusal, Reply},
    spec::Spec,
    state::{Kind, State},
    transcript,
};

/// The document and the world; every connection plays here.
#[derive(Debug)]
pub(crate) struct Stage {
    spec: Arc<Spec>,
    first_app: Uuid,
    inflight: Inflight,
    world: Mutex<World>,
}

/// Everything that changes, under one lock: so a transcript is in the order of the changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) record: Record,
    pub(crate) violations: Vec<String>,
}

/// Whether a request's key is looked up when it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyCheck {
    AtCommit,
    /// It was looked up when the request came in, and was not known then: others with it are not waited for.
    Skipped,
}

impl Stage {
    pub(crate) fn new(spec: Arc<Spec>, state: State) -> Self {
        let first_app = state.ids.app();
        let world = World { state, record: Record::default(), violations: Vec::new() };
        Self { spec, first_app, inflight: Inflight::default(), world: Mutex::new(world) }
    }

    /// Plays one request. It is carried out even when nobody waits for the answer any more.
    pub(crate) async fn play(self: &Arc<Self>, incoming: Incoming) -> Reply {
        let delay = self.world().state.options.commit_delay;
        if delay.is_zero() {
            return self.play_after(delay, &incoming).await;
        }
        let stage = Arc::clone(self);
        let playing = tokio::spawn(async move { stage.play_after(delay, &incoming).await });
        playing.await.unwrap_or_else(|error| {
            self.note_violation(format!("the sandbox panicked: {error}"));
            Refusal::violation("a mistake in the sandbox").into()
        })
    }

    /// Admits, waits, commits: the three steps between which a fault can stand.
    async fn play_after(&self, delay: Duration, incoming: &Incoming) -> Reply {
        let call = match self.admit(incoming) {
            Ok(call) => call,
            Err(refusal) => return self.refuse(incoming, refusal),
        };
        let (reading, key) = self.world().meet(&call);
        // The key is in flight until the end of this function.
        let _hold = match self.inflight.begin(call.scope(), reading).await {
            Ok(hold) => hold,
            Err(refusal) => return self.note(incoming, &call, refusal.into()),
        };
        if !delay.is_zero() && !call.operation.is_safe() {
            tokio::time::sleep(delay).await;
        }
        self.commit(incoming, &call, key)
    }

    /// Finds out whether the request is one that the document allows.
    pub(crate) fn admit(&self, incoming: &Incoming) -> Result<Call<'_>, Refusal> {
        credentials::check(&incoming.headers)?;
        check::request(&self.spec, incoming, self.first_app)
    }

    /// Decides about a request, carries out what it changes and records it, all in one step.
    pub(crate) fn commit(&self, incoming: &Incoming, call: &Call<'_>, key: KeyCheck) -> Reply {
        let mut world = self.world();
        let reply = world.perform(call, handlers::find(&call.operation.id), key);
        world.note(incoming, call.key(), &reply);
        reply
    }

    /// Records a request that went no further, and answers it.
    pub(crate) fn refuse(&self, incoming: &Incoming, refusal: Refusal) -> Reply {
        let reply = Reply::from(refusal);
        self.world().note(incoming, None, &reply);
        reply
    }

    fn note(&self, incoming: &Incoming, call: &Call<'_>, reply: Reply) -> Reply {
        self.world().note(incoming, call.key(), &reply);
        reply
    }

    /// Notes a mistake of the sandbox itself.
    pub(crate) fn note_violation(&self, violation: String) {
        self.world().violations.push(violation);
    }

    /// Moves the clock forward and does on the way what was planned for later.
    pub(crate) fn advance(&self, duration: Duration) {
        self.world().advance(duration);
    }

    pub(crate) fn transcript(&self) -> String {
        let world = self.world();
        transcript::write(&world.record, &world.state)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A change is applied in one step, so a panic elsewhere leaves nothing half-done behind.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Says how a request is treated that comes in now: what a key in flight does, and when its own key is looked up.
    fn meet(&self, call: &Call<'_>) -> (KeyInflight, KeyCheck) {
        let reading = self.state.options.key_inflight;
        let is_known = call.scope().is_some_and(|scope| self.state.seen(&scope).is_some());
        let raced = reading == KeyInflight::Race && !is_known;
        (reading, if raced { KeyCheck::Skipped } else { KeyCheck::AtCommit })
    }

    /// Decides, checks the answer, and only then changes anything.
    fn perform(&mut self, call: &Call<'_>, play: Option<&Play>, key: KeyCheck) -> Reply {
        let decision = decide(call, play, &self.state, key);
        if self.state.options.validate_answers
            && let Err(violation) = check::answer(call.operation, &decision.reply)
        {
            self.violations.push(violation.clone());
            return Refusal::violation(format!("a mistake in the sandbox; nothing was changed: {violation}"))
                .into();
        }
        if let Err(error) = self.state.apply(decision.changes) {
            self.violations.push(format!("`{}` unbalanced the ledger: {error}", call.operation.id));
        }
        decision.reply
    }

    fn note(&mut self, incoming: &Incoming, key: Option<Uuid>, reply: &Reply) {
        let request = ReceivedRequest::new(incoming);
        let exchange = Exchange { request, key, status: reply.status, note: reply.note.clone() };
        self.record.push(exchange, self.state.options.record_limit);
    }

    fn advance(&mut self, duration: Duration) {
        let end = self.state.after(duration);
        while let Some(task) = self.state.next_task(end) {
            let mut plan = Plan::of(task.app, &self.state);
            // A task that is not possible any more has nothing to do.
            let planned = handlers::run_task(task, &mut plan).map(|()| plan.into_changes());
            let applied = self.state.apply(planned.unwrap_or_default());
            if let Err(error) = applied {
                self.violations.push(format!("`{}` unbalanced the ledger: {error}", task.name));
            }
        }
        self.state.move_clock(end);
    }
}

/// Decides about a request: what its key already did, or what its handler does, and what its key will be known for.
fn decide(call: &Call<'_>, play: Option<&Play>, state: &State, key: KeyCheck) -> Decision {
    let id = &call.operation.id;
    let Some(play) = play else {
        let refusal = Refusal::not_played(format!("the sandbox does not play `{id}` yet"));
        return Decision::unchanged(refusal.into());
    };
    if state.objects.find(Kind::App, &call.app).is_none() {
        let refusal = Refusal::forbidden(format!("there is no app `{}` to act for", call.app));
        return Decision::unchanged(refusal.into());
    }
    if key == KeyCheck::AtCommit
        && let Some(reply) = idempotency::known(call, play, state)
    {
        return Decision::unchanged(reply);
    }
    let decided = play.decide(call, state);
    let mut decision = decided.unwrap_or_else(|refusal| Decision::unchanged(refusal.into()));
    decision.changes.extend(idempotency::remember(call, play, state, &decision));
    decision
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use bytes::Bytes;
    use hyper::{HeaderMap, Method, StatusCode};
    use serde_json::json;

    use super::*;
    use crate::{
        options::Options,
        state::{User, UserStatus},
    };

    /// A handler with a mistake: it adds a user, and its answer lacks everything.
    fn broken(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        let mut plan = Plan::new(call, state);
        let user = User {
            id: plan.id(Kind::User),
            app: plan.app(),
            created: plan.now(),
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
        plan.put_user(user);
        Ok(plan.answer(reply))
    }

    #[test]
    fn an_answer_that_breaks_the_document_becomes_a_500_and_changes_nothing() {
        let stage = Stage::new(Spec::embedded().unwrap(), State::new(1, 100, Options::default()));
        let path = format!("/api/v2/users/{}", stage.world().state.ids.id(Kind::User, 0));
        let incoming = Incoming {
            method: Method::GET,
            path,
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let call = check::request(&stage.spec, &incoming, stage.first_app).unwrap();
        let reply = stage.world().perform(&call, Some(&Play::rule(broken)), KeyCheck::AtCommit);

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
