//! The judge: compares what was paid with what callers were told. It looks at the ledger, not at the client.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use dots_api_ext::Outcome;

use super::notes::{End, Ended, Note};
use super::places::Places;
use super::program::{Program, Told};
use super::run::{Session, run};
use super::world::Payment;

/// How long after it was busy a Dots may be spared.
const SPARED: Duration = Duration::from_secs(900);

/// Fewer failures in a row than this are no reason to hold a call back at once. A client opens after twenty; of calls at
/// once it may hear in another order than the world.
const MANY: u32 = 15;

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    DoublePaid,
    WrongRejected,
    WrongSuccess,
    Late,
    ShutOut,
    Hung,
}

/// What happens though the client does what it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Excuse {
    /// A 401, 403 or 429 in the words of Dots came after the payment.
    RefusedAfterPayment,
    /// A process that was started again said nothing of what the one before had sent.
    Untold,
    /// It said that nobody had sent the key, and somebody had.
    ToldNeverWrongly,
    /// A time was told by a clock that was set back since, to a process with no other clock.
    ToldByClockSetBack,
    /// The machine slept, which its steady clock does not count, and the time of day was set back as well.
    SleptAndSetBack,
}

/// The totals over all programs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) programs: u64,
    calls: u64,
    attempts: u64,
    paid: u64,
    rejected: u64,
    not_sent: u64,
    unknown: u64,
    unfinished: u64,
    wrong: BTreeMap<Wrong, u64>,
    excused: BTreeMap<Excuse, u64>,
}

/// Runs a program and judges it; returns what was wrong.
pub(super) fn run_and_judge(program: &Program, places: &Places, tally: &mut Tally) -> Vec<(Wrong, String)> {
    let (session, end) = run(program, places);
    let case = Case::of(&session);
    let mut wrongs = Vec::new();
    if let Err(why) = end {
        wrongs.push((Wrong::Hung, why));
    }
    case.payments_are_single(&mut wrongs, tally);
    for note in &case.notes {
        tally.count(note);
        if let Some(ended) = &note.ended {
            case.is_true(note, ended, &mut wrongs, tally);
            in_time(note, ended, &mut wrongs);
            not_shut_out(note, ended, &mut wrongs);
            case.waits_for_another(note, ended, &mut wrongs);
        }
    }
    tally.programs += 1;
    tally.attempts += session.notes.world.attempts();
    for (wrong, _) in &wrongs {
        *tally.wrong.entry(*wrong).or_default() += 1;
    }
    wrongs
}

/// A program that has run.
struct Case<'a> {
    session: &'a Session<'a>,
    notes: Vec<Note>,
    paid: HashMap<String, Vec<Payment>>,
}

impl<'a> Case<'a> {
    fn of(session: &'a Session<'a>) -> Self {
        let mut paid: HashMap<String, Vec<Payment>> = HashMap::new();
        for payment in session.notes.world.ledger() {
            paid.entry(payment.intent.clone()).or_default().push(payment);
        }
        paid.values_mut().for_each(|payments| payments.sort_by_key(|payment| payment.paid));
        Self { session, notes: session.notes.all().clone(), paid }
    }

    fn note(&self, call: u64) -> &Note {
        &self.notes[usize::try_from(call).unwrap()]
    }

    /// Nothing is paid twice.
    fn payments_are_single(&self, wrongs: &mut Vec<(Wrong, String)>, tally: &mut Tally) {
        for (intent, payments) in &self.paid {
            for pair in payments.windows(2) {
                match self.excuse_of_second(&pair[0], &pair[1]) {
                    Some(excuse) => tally.excuse(excuse),
                    None => wrongs.push((Wrong::DoublePaid, format!("{intent}: {pair:?}"))),
                }
            }
        }
    }

    fn excuse_of_second(&self, first: &Payment, second: &Payment) -> Option<Excuse> {
        let (time, by) = (&self.session.notes.time, self.note(second.call));
        let is_other = self.note(first.call).process != by.process;
        if first.is_hidden {
            return Some(Excuse::RefusedAfterPayment);
        }
        if is_other && by.is_lie {
            return Some(Excuse::ToldNeverWrongly);
        }
        if is_other && !self.was_told(by) {
            return Some(Excuse::Untold);
        }
        let was_set_back = time.was_set_back(by.written);
        if is_other && was_set_back {
            return Some(Excuse::ToldByClockSetBack);
        }
        (was_set_back && time.has_slept(by.written)).then_some(Excuse::SleptAndSetBack)
    }

    /// Whether the process of a call was told what others have sent, by this call or one before.
    fn was_told(&self, call: &Note) -> bool {
        tells(call) || self.tellings_before(call).next().is_some()
    }

    /// The calls of the same operation and key that ended before in this process, and told of earlier sends.
    fn tellings_before<'b>(&'b self, call: &'b Note) -> impl Iterator<Item = &'b Note> {
        let key = &call.keys[0];
        self.notes.iter().filter(move |note| {
            let before = note.ended.as_ref().zip(call.began);
            let is_before = before.is_some_and(|(ended, (event, _))| ended.event < event);
            let is_same = note.operation == call.operation && note.keys.contains(key);
            tells(note) && is_before && note.process == call.process && is_same
        })
    }

    /// Who is told that another call with its key is in flight, had one beside it.
    fn waits_for_another(&self, note: &Note, ended: &Ended, wrongs: &mut Vec<(Wrong, String)>) {
        let is_told = matches!(&ended.end, End::Failed { text, .. } if text.contains("is in flight"));
        let Some((began, _)) = note.began.filter(|_| is_told) else { return };
        let is_beside = |other: &Note| {
            let was_there = other.began.is_some() && other.gone.is_none_or(|gone| gone > began);
            was_there && other.number != note.number && other.keys.iter().any(|key| note.keys.contains(key))
        };
        if !self.notes.iter().any(is_beside) {
            wrongs.push((Wrong::ShutOut, format!("{note:?}")));
        }
    }

    /// What a caller is told of the money is so.
    fn is_true(&self, note: &Note, ended: &Ended, wrongs: &mut Vec<(Wrong, String)>, tally: &mut Tally) {
        let Some(intent) = note.intents.first() else { return };
        match &ended.end {
            End::Paid { id } => {
                let is_paid = if note.is_batch {
                    self.session.notes.world.has_batch(intent, id)
                } else {
                    let payments = self.paid.get(intent).into_iter().flatten();
                    payments.clone().any(|paid| paid.id == *id && paid.amount.abs() == note.amount.abs())
                };
                if !is_paid {
                    wrongs.push((Wrong::WrongSuccess, format!("{note:?}: {:?}", self.paid.get(intent))));
                }
            }
            End::Failed { outcome: Outcome::Rejected | Outcome::NotSent, .. } => {
                self.denial(note, ended, wrongs, tally);
            }
            End::Failed { .. } | End::Raw { .. } => {}
        }
    }

    /// A payment is denied only if there is none.
    fn denial(&self, note: &Note, ended: &Ended, wrongs: &mut Vec<(Wrong, String)>, tally: &mut Tally) {
        let payments = note.intents.iter().filter_map(|intent| self.paid.get(intent)).flatten();
        for payment in payments.filter(|payment| payment.event < ended.event) {
            let is_other = self.note(payment.call).process != note.process;
            if payment.is_hidden {
                tally.excuse(Excuse::RefusedAfterPayment);
            } else if is_other && note.is_lie {
                tally.excuse(Excuse::ToldNeverWrongly);
            } else if is_other && !self.was_told(note) {
                tally.excuse(Excuse::Untold);
            } else {
                wrongs.push((Wrong::WrongRejected, format!("{note:?}: {payment:?}")));
            }
        }
    }
}

/// Whether a caller tells that the key was sent before.
fn tells(note: &Note) -> bool {
    matches!(note.told, Told::Honest | Told::Hours(_))
}

/// No call takes longer than its deadline.
fn in_time(note: &Note, ended: &Ended, wrongs: &mut Vec<(Wrong, String)>) {
    let Some((_, began)) = note.began.filter(|_| note.is_prompt) else { return };
    if matches!(ended.end, End::Raw { .. }) {
        return;
    }
    if ended.at.saturating_sub(began) > note.deadline {
        wrongs.push((Wrong::Late, format!("{:?}: {note:?}", ended.at - began)));
    }
}

/// No call is held back while its endpoint works.
fn not_shut_out(note: &Note, ended: &Ended, wrongs: &mut Vec<(Wrong, String)>) {
    let End::Failed { attempts: 0, text, .. } = &ended.end else { return };
    let gate = &ended.gate;
    let was_busy = gate.busy.is_some_and(|busy| ended.at.saturating_sub(busy) < SPARED);
    let is_hasty = note.deadline < Duration::from_secs(30);
    let failed = gate.failed(note.operation);
    let has_reason = if text.contains("Dots is busy") {
        was_busy
    } else if text.contains("got no answer") {
        gate.unanswered >= MANY
    } else if text.contains("answered with a failure") {
        failed >= MANY
    } else if text.contains("were not answered") {
        is_hasty || !gate.is_proven || gate.unanswered > 0 || failed > 0
    } else {
        true
    };
    if !has_reason {
        wrongs.push((Wrong::ShutOut, format!("{note:?}")));
    }
}

impl Tally {
    fn excuse(&mut self, excuse: Excuse) {
        *self.excused.entry(excuse).or_default() += 1;
    }

    fn count(&mut self, note: &Note) {
        self.calls += u64::from(note.began.is_some());
        match note.ended.as_ref().map(|ended| &ended.end) {
            None => self.unfinished += 1,
            Some(End::Paid { .. } | End::Raw { is_paid: true }) => self.paid += 1,
            Some(End::Failed { outcome: Outcome::Rejected, .. }) => self.rejected += 1,
            Some(End::Failed { outcome: Outcome::NotSent, .. }) => self.not_sent += 1,
            Some(End::Failed { .. } | End::Raw { .. }) => self.unknown += 1,
        }
    }

    fn wrong(&self, wrong: Wrong) -> u64 {
        self.wrong.get(&wrong).copied().unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { programs, calls, attempts, paid, rejected, not_sent, unknown, unfinished, .. } = self;
        write!(f, "programs={programs} calls={calls} attempts={attempts}")?;
        let wrongs = [
            ("double_paid", Wrong::DoublePaid),
            ("wrong_rejected", Wrong::WrongRejected),
            ("wrong_success", Wrong::WrongSuccess),
            ("late", Wrong::Late),
            ("shut_out", Wrong::ShutOut),
            ("hung", Wrong::Hung),
        ];
        for (name, wrong) in wrongs {
            write!(f, " {name}={}", self.wrong(wrong))?;
        }
        write!(f, " excused={}", self.excused.values().sum::<u64>())?;
        writeln!(f)?;
        write!(f, "answers: paid={paid} rejected={rejected} not_sent={not_sent} unknown={unknown}")?;
        write!(f, " unfinished={unfinished}; excuses: {:?}", self.excused)
    }
}
