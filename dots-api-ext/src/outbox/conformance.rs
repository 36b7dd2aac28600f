//! What any store has to do, as checks that run against it.

use dots_api::{Cents, IdempotencyKey};
use uuid::Uuid;

use super::event::{Answer, Effect, Event, Illegal};
use super::row::{Now, Row, Rules, Seen, State, Time};
use super::store::{Applied, Entry, Next, Note, Store, Wanted};

const RULES: Rules = Rules {
    window: std::time::Duration::from_secs(72_000),
    horizon: std::time::Duration::from_secs(900),
    lease: std::time::Duration::from_secs(120),
    timeout: std::time::Duration::from_secs(60),
    shared_references: false,
};

/// Checks an empty store; returns the first thing that it does otherwise than [`MemoryStore`](super::MemoryStore).
///
/// # Errors
/// Returns what the store did wrong, in a sentence.
///
/// # Examples
/// ```
/// use dots_api_ext::outbox::{MemoryStore, check_store};
///
/// assert_eq!(check_store(&mut MemoryStore::default()), Ok(()));
/// ```
pub fn check_store<S: Store>(store: &mut S) -> Result<(), String> {
    references(store)?;
    changes(store)?;
    lists(store)?;
    alike(store)?;
    totals(store)
}

fn now(seconds: u64) -> Now {
    let time = Time(1_700_000_000_000 + seconds * 1_000);
    Now { store: time, worker: time }
}

fn entry(reference: &str, cents: i64) -> Entry {
    let name = |what: &str| Uuid::new_v5(&Uuid::NAMESPACE_OID, what.as_bytes());
    Entry {
        reference: reference.to_owned(),
        run: None,
        operation: "send_payout".to_owned(),
        cents: Cents::new(cents),
        fingerprint: name(&format!("payment {cents}")),
        key: IdempotencyKey::from_uuid(name(reference)).unwrap_or_default(),
        request: format!("the request of {reference}"),
    }
}

fn planned<S: Store>(store: &mut S, entry: &Entry) -> Result<(), String> {
    let row = Row::planned(now(0).store, &RULES);
    match store.insert(entry, &row).map_err(|error| error.to_string())? {
        None => Ok(()),
        Some(_) => Err("a new reference is known".to_owned()),
    }
}

fn is(what: bool, or: &str) -> Result<(), String> {
    if what { Ok(()) } else { Err(or.to_owned()) }
}

fn happens<S: Store>(
    store: &mut S,
    reference: &str,
    event: Event,
    note: &Note,
    at: u64,
) -> Result<Applied, String> {
    store.apply(reference, event, note, now(at), &RULES).map_err(|error| error.to_string())
}

fn references<S: Store>(store: &mut S) -> Result<(), String> {
    let first = entry("a/1", 100);
    planned(store, &first)?;
    let other = Entry { cents: Cents::new(999), request: "another".to_owned(), ..first.clone() };
    let known =
        store.insert(&other, &Row::planned(now(9).store, &RULES)).map_err(|error| error.to_string())?;
    let known = known.ok_or("a reference was planned twice")?;
    is(known.entry == first && known.row == Row::planned(now(0).store, &RULES), "a known row was changed")?;
    let missing = store.load("a/2").map_err(|error| error.to_string())?;
    is(missing.is_none(), "a row is there that was never planned")?;
    is(happens(store, "a/2", Event::Claim, &Note::default(), 1)? == Applied::Missing, "a missing row changed")
}

fn changes<S: Store>(store: &mut S) -> Result<(), String> {
    let Applied::Done(step, record) = happens(store, "a/1", Event::Claim, &Note::default(), 10)? else {
        return Err("a planned row cannot be claimed".to_owned());
    };
    let Effect::Send(permit) = step.effect else { return Err("a claim does not send".to_owned()) };
    is(record.row.state == State::InFlight && permit.is_first, "a first claim is not the first")?;
    let again = happens(store, "a/1", Event::Claim, &Note::default(), 11)?;
    is(matches!(again, Applied::Illegal(Illegal::State(State::InFlight, _), _)), "a row was claimed twice")?;
    let note = Note { object_id: Some("link_1".to_owned()), ..Note::default() };
    let answered = Event::Answered { seen: permit.seen, answer: Answer::Settled };
    happens(store, "a/1", answered, &note, 12)?;
    let record = store.load("a/1").map_err(|error| error.to_string())?.ok_or("a row was lost")?;
    is(record.row.state == State::Settled, "a settled row is not settled")?;
    is(record.object_id.as_deref() == Some("link_1"), "the id of what was made was lost")?;
    is(record.changed_at == now(12).store, "the time of the change was lost")?;
    let next = Next {
        key: IdempotencyKey::from_uuid(Uuid::from_u128(7)).unwrap_or_default(),
        request: "the next request".to_owned(),
        cents: Cents::new(77),
        fingerprint: Uuid::from_u128(8),
    };
    planned(store, &entry("a/3", 300))?;
    let note = Note { next: Some(next.clone()), ..Note::default() };
    let seen = Seen { generation: 0, fence: 0 };
    happens(store, "a/3", Event::Correct { seen }, &note, 13)?;
    let record = store.load("a/3").map_err(|error| error.to_string())?.ok_or("a row was lost")?;
    let is_next = record.entry.key == next.key && record.entry.request == next.request;
    is(is_next && record.entry.cents == next.cents && record.row.generation == 1, "a new generation was lost")
}

fn lists<S: Store>(store: &mut S) -> Result<(), String> {
    for (reference, cents) in [("b/1", 11), ("b/2", 12), ("b/3", 13)] {
        planned(store, &entry(reference, cents))?;
    }
    let mut list = |wanted, after: &str, limit| store.list(wanted, after, limit).map_err(|e| e.to_string());
    let early = list(Wanted::Due(Time(1)), "", 9)?;
    is(early.is_empty(), "a row is due before its time")?;
    let due = list(Wanted::Due(now(20).store), "b/1", 2)?;
    is(due == ["b/2", "b/3"], "the rows that are due are others, or in another order")?;
    is(list(Wanted::Due(now(20).store), "", 1)? == ["a/3"], "a limit or the order was ignored")?;
    is(list(Wanted::In(State::Settled), "", 9)? == ["a/1"], "the rows in a state are others")?;
    let ahead = list(Wanted::PlannedAfter(now(12).store), "", 9)?;
    is(ahead == ["a/3"], "the rows that were planned after a time are others")?;
    happens(store, "b/1", Event::Hold, &Note::default(), 21)?;
    let held = store.list(Wanted::ForAPerson, "", 9).map_err(|error| error.to_string())?;
    is(held == ["b/1"], "a person does not see what is held")?;
    happens(store, "b/2", Event::Claim, &Note::default(), 22)?;
    happens(store, "b/2", Event::LeaseEnded { is_holder_gone: true }, &Note::default(), 23)?;
    let doubtful = store.list(Wanted::Doubtful, "", 9).map_err(|error| error.to_string())?;
    is(doubtful == ["b/2"], "the rows in doubt are others")
}

fn alike<S: Store>(store: &mut S) -> Result<(), String> {
    let twin = Entry { reference: "c/1".to_owned(), ..entry("c/0", 12) };
    let mut alike = |since| store.alike(&twin, now(since).store).map_err(|error| error.to_string());
    is(alike(0)?.as_deref() == Some("b/2"), "a payout that is alike was overlooked")?;
    is(alike(100_000)?.is_none(), "a payout is alike for ever")
}

fn totals<S: Store>(store: &mut S) -> Result<(), String> {
    let totals = store.totals().map_err(|error| error.to_string())?;
    let of = |state| totals.iter().find(|(there, ..)| *there == state).map(|(_, count, sum)| (*count, *sum));
    is(of(State::Settled) == Some((1, 100)), "the sum of settled rows is another")?;
    is(of(State::Planned) == Some((2, 90)), "the sum of planned rows is another")?;
    let rows: u64 = totals.iter().map(|(_, count, _)| count).sum();
    is(rows == 5, "the totals count other rows")
}
