//! Captures all logs of this thread, through `tracing` and `log`, at every level.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Listens on this thread until it is dropped.
pub(crate) struct Listener(#[allow(dead_code, reason = "it is held for its drop")] DefaultGuard);

impl Listener {
    /// Starts empty.
    pub(crate) fn start() -> Self {
        static LOG: OnceLock<()> = OnceLock::new();
        LOG.get_or_init(|| {
            log::set_logger(&Log).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
        HEARD.take();
        Self(tracing::subscriber::set_default(Ear(AtomicU64::new(1))))
    }

    /// All captured records, one per line.
    pub(crate) fn heard(&self) -> Vec<String> {
        HEARD.with_borrow(Clone::clone)
    }

    /// The captured records of one library.
    pub(crate) fn heard_of(&self, target: &str) -> String {
        let lines = self.heard().into_iter().filter(|line| line.contains(&format!(" {target}")));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn note(line: String) {
    HEARD.with_borrow_mut(|heard| heard.push(line));
}

/// The fields of a span or an event, as ` name=value`.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

fn line(kind: &str, metadata: &Metadata<'_>, fields: &Fields) -> String {
    format!("{kind} {} {} {}{}", metadata.level(), metadata.target(), metadata.name(), fields.0)
}

struct Ear(AtomicU64);

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        note(line("span", span.metadata(), &fields));
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        note(format!("note dots_api_ext{}", fields.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let kind = if event.metadata().target() == "dots_api_ext" { "event" } else { "other" };
        note(format!("{kind} {} {}{}", event.metadata().level(), event.metadata().target(), fields.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        note(format!("log {} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}
