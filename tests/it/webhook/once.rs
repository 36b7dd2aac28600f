//! Once: a store that is asked asynchronously, and the statuses that a receiver answers with.

use std::convert::Infallible;
use std::sync::Mutex;
use std::time::SystemTime;

use dots_api_ext::webhook::{AsyncSeenEvents, MemorySeenEvents, Seen, handle_once};

/// A store that notes what it is asked, and may be down.
#[derive(Default)]
struct Table {
    asked: Mutex<Vec<String>>,
    notes: Option<Seen>,
    keeps: bool,
}

impl Table {
    fn ask(&self, what: &str, id: &str) {
        self.asked.lock().unwrap().push(format!("{what} {id}"));
    }
}

impl AsyncSeenEvents for Table {
    type Error = &'static str;

    async fn note(&self, id: &str, _: SystemTime) -> Result<Seen, &'static str> {
        tokio::task::yield_now().await;
        self.ask("note", id);
        self.notes.ok_or("down")
    }

    async fn done(&self, id: &str) -> Result<(), &'static str> {
        tokio::task::yield_now().await;
        self.ask("done", id);
        if self.keeps { Ok(()) } else { Err("down") }
    }

    async fn forget(&self, id: &str) -> Result<(), &'static str> {
        self.ask("forget", id);
        Err("down")
    }
}

/// Handles a message; returns the status, what the store was asked, and how often the handler ran.
async fn handled(table: Table, works: bool) -> (u16, Vec<String>, usize) {
    let ran = Mutex::new(0);
    let status = handle_once(&table, "msg_1", SystemTime::now(), async {
        tokio::task::yield_now().await;
        *ran.lock().unwrap() += 1;
        if works { Ok(()) } else { Err("failed") }
    });
    let status = status.await.as_u16();
    (status, table.asked.into_inner().unwrap(), ran.into_inner().unwrap())
}

#[tokio::test]
async fn a_new_message_is_handled_and_only_what_is_recorded_is_acknowledged() {
    let asks = |text: &[&str]| text.iter().map(|what| format!("{what} msg_1")).collect::<Vec<_>>();
    let table = |notes, keeps| Table { notes, keeps, ..Table::default() };
    for (notes, keeps, works, expected) in [
        (Some(Seen::New), true, true, (200, asks(&["note", "done"]), 1)),
        // It will be delivered again, since nothing says that it was handled.
        (Some(Seen::New), false, true, (503, asks(&["note", "done"]), 1)),
        (Some(Seen::New), true, false, (503, asks(&["note", "forget"]), 1)),
        (Some(Seen::Duplicate), true, true, (200, asks(&["note"]), 0)),
        (Some(Seen::InProgress), true, true, (503, asks(&["note"]), 0)),
        (None, true, true, (503, asks(&["note"]), 0)),
    ] {
        assert_eq!(handled(table(notes, keeps), works).await, expected, "{notes:?} {keeps} {works}");
    }
}

#[tokio::test]
async fn a_store_in_memory_is_an_async_one_as_well() {
    let (seen, now) = (MemorySeenEvents::with_capacity(10), SystemTime::now());
    let failing = handle_once(&seen, "msg_1", now, async { Err::<(), _>("failed") }).await;
    let working = handle_once(&seen, "msg_1", now, async { Ok::<_, Infallible>(()) }).await;
    let again = handle_once(&seen, "msg_1", now, async { Err::<(), _>("never run") }).await;
    assert_eq!([failing.as_u16(), working.as_u16(), again.as_u16()], [503, 200, 200]);
    // The future of a handler moves between the threads of a runtime.
    fn is_send<F: Future + Send>(_: &F) {}
    is_send(&handle_once(&seen, "msg_2", now, async { Ok::<_, Infallible>(()) }));
    assert_eq!(AsyncSeenEvents::note(&seen, "msg_2", now).await, Ok(Seen::New));
}
