//! Creates, opens and copies the file of an outbox.

use std::path::Path;

use super::by::By;
use super::desk::{Outbox, clock};
use super::error::OutboxError;
use super::event::Event;
use super::row::State;
use super::sqlite::{self, Opening, Place, SqliteFile};
use super::store::{Note, Wanted};
use super::store_error::StoreError;
use crate::calls::stored::{self, account_id};
use crate::dots::Dots;

impl Outbox {
    /// Creates the file of an outbox, where nothing is yet.
    ///
    /// The payouts are those of this client: its server, its account and the app that it acts for.
    ///
    /// # Errors
    /// Returns an error if there is a file already, or if it cannot be created safely.
    ///
    /// # Examples
    /// See [`Outbox`].
    pub async fn create(path: impl AsRef<Path>, dots: &Dots) -> Result<Self, OutboxError> {
        Self::create_for(path, "main account", dots).await
    }

    /// Creates the file of an outbox for an account, by a name of your own, such as a [`Planner`](super::Planner) has.
    ///
    /// # Errors
    /// Returns the errors of [`create`](Self::create).
    ///
    /// # Examples
    /// See [`accept`](Self::accept).
    pub async fn create_for(
        path: impl AsRef<Path>,
        account: impl AsRef<str>,
        dots: &Dots,
    ) -> Result<Self, OutboxError> {
        let store = sqlite::create(path.as_ref(), clock(dots), account.as_ref(), &place_of(dots))?;
        Self::with(store, dots).await
    }

    /// Opens the file of an outbox; never creates one, and never changes its format.
    ///
    /// # Errors
    /// Returns an error that says what to do if the file is missing, open in another process, damaged, readable by other
    /// users, on a network file system, a copy, for another server or app, of another client id, or of a newer version of
    /// this crate.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("payouts.sqlite");
    /// use dots_api_ext::outbox::{FileProblem, Outbox, OutboxError};
    ///
    /// let error = Outbox::open(&file, &dots).await.unwrap_err();
    /// assert!(matches!(error, OutboxError::File(FileProblem::Missing(_))));
    /// println!("{error}");
    /// # assert!(sandbox.requests().is_empty() && !file.exists());
    /// # Ok(()) }
    /// ```
    pub async fn open(path: impl AsRef<Path>, dots: &Dots) -> Result<Self, OutboxError> {
        Self::with(sqlite::open(path.as_ref(), clock(dots), Opening::of(dots))?, dots).await
    }

    /// Opens a copy from the past, such as a backup, after the file that it is a copy of was lost.
    ///
    /// The lost file may have sent payouts since. So every payout that is not settled counts as in doubt: nothing of it
    /// is sent before Dots' lists were read, and a refusal by Dots proves nothing any more.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), except for a copy.
    pub async fn open_restored(path: impl AsRef<Path>, dots: &Dots) -> Result<Self, OutboxError> {
        let opening = Opening { is_restored: true, ..Opening::of(dots) };
        let outbox = Self::with(sqlite::open(path.as_ref(), clock(dots), opening)?, dots).await?;
        // Those first that the others become.
        let states = [State::Unknown, State::Review, State::Held, State::Planned];
        let ended = [State::Rejected, State::Cancelled, State::PaidElsewhere, State::GivenUp];
        for state in states.into_iter().chain(ended) {
            outbox.for_each(Wanted::In(state), Event::Restored, Note::default()).await?;
        }
        // Until here, the file counts as a copy: a program that dies in between has to begin again.
        outbox.writer.write(|store| store.put_copy(false)).await?;
        Ok(outbox)
    }

    /// Opens the file after the API key of its account was rotated, so that the client has another client id.
    ///
    /// What was never sent is sent with the new one. Dots does not say whether it tells the keys of two client ids
    /// apart, so what may have been sent before is only looked up.
    ///
    /// A copy is opened by [`open_restored`](Self::open_restored) before, with a client of the old client id. That makes
    /// no call, so its API key need not work any more.
    ///
    /// **The account has to be the same.** With the API key of another account, what was sent before pays again.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), except for another client id.
    pub async fn open_rotated(path: impl AsRef<Path>, dots: &Dots, by: By) -> Result<Self, OutboxError> {
        let opening = Opening { is_rotated: true, ..Opening::of(dots) };
        let account = opening.place.account;
        let outbox = Self::with(sqlite::open(path.as_ref(), clock(dots), opening)?, dots).await?;
        outbox.for_all_open(Event::Rotated, by).await?;
        // Until here, the file is of the old client id: a program that dies in between has to begin again.
        outbox.writer.write(move |store| store.put_account(account)).await?;
        Ok(outbox)
    }

    /// Opens the file after this machine's clock was ahead and was set right, which [`open`](Self::open) refuses as long
    /// as the clock is behind what the file has seen.
    ///
    /// What was never sent is looked for in Dots' lists once, and is sent under a new key then; a run waits for its pay
    /// date. How old the other keys are, no clock tells any more, so what may have been sent is only looked up.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open), except for the clock.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("payouts.sqlite");
    /// # dots_api_ext::outbox::Outbox::create(&file, &dots).await?.close().await;
    /// use dots_api_ext::outbox::{By, FileProblem, Outbox, OutboxError};
    ///
    /// let outbox = match Outbox::open(&file, &dots).await {
    ///     // Only after a look at this machine's clock.
    ///     Err(OutboxError::File(FileProblem::ClockBehind(..))) => {
    ///         Outbox::open_clock_was_ahead(&file, &dots, By::new("jo", "it was three days ahead")).await?
    ///     }
    ///     opened => opened?,
    /// };
    /// assert!(outbox.work().await?.is_done());
    /// # assert_eq!(sandbox.links(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn open_clock_was_ahead(
        path: impl AsRef<Path>,
        dots: &Dots,
        by: By,
    ) -> Result<Self, OutboxError> {
        let opening = Opening { is_set_right: true, ..Opening::of(dots) };
        let outbox = Self::with(sqlite::open(path.as_ref(), clock(dots), opening)?, dots).await?;
        outbox.for_all_open(Event::ClockWasAhead, by).await?;
        // Until here, the file has seen the later time: a program that dies in between has to begin again.
        outbox.writer.write(|store| store.put_clock()).await?;
        Ok(outbox)
    }

    /// Lets an event happen to every payout that is not over or in review.
    async fn for_all_open(&self, event: Event, by: By) -> Result<(), OutboxError> {
        let note = by.note();
        for state in [State::Unknown, State::Held, State::Planned] {
            self.for_each(Wanted::In(state), event, note.clone()).await?;
        }
        Ok(())
    }

    /// Copies the outbox into a new file, while it is in use.
    ///
    /// The copy says that it is one: [`open`](Self::open) refuses it, since this file goes on. If this file is lost,
    /// [`open_restored`](Self::open_restored) opens the copy.
    ///
    /// # Errors
    /// Returns an error if there is a file already, or if it cannot be written completely.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<(), OutboxError> {
        let path = path.as_ref().to_owned();
        Ok(self.writer.alone(move |store| store.backup(&path)).await??)
    }

    async fn with(file: SqliteFile, dots: &Dots) -> Result<Self, OutboxError> {
        let (store_id, name) = (file.store_id, file.name.clone());
        let writer = sqlite::start(file).map_err(|error| {
            OutboxError::Store(StoreError::Unreadable(format!("no thread can be started: {error}")))
        })?;
        let outbox = Self::over(writer, store_id, &name, dots);
        // The lock on the file proves that the process that claimed them has ended.
        outbox
            .for_each(
                Wanted::In(State::InFlight),
                Event::LeaseEnded { is_holder_gone: true },
                Note::default(),
            )
            .await?;
        Ok(outbox)
    }
}

impl Opening {
    /// A file that is as it was when it was last closed.
    fn of(dots: &Dots) -> Self {
        Self { is_restored: false, is_rotated: false, is_set_right: false, place: place_of(dots) }
    }
}

/// What the payouts of a client are bound to.
fn place_of(dots: &Dots) -> Place {
    let (server, app) = stored::place_of(dots);
    Place { account: account_id(&dots.account), server, app }
}
