//! Deadlines: futures that end in time, and read what has arrived before they ask for the time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

/// How often the runtime is let do its work when the time is over: an answer that has arrived meanwhile is read, though
/// the caller's task was not polled for long.
const GLANCES: usize = 16;

/// The end of the time for something, such as one attempt.
pub(crate) struct Deadline<A> {
    alarm: A,
    is_over: bool,
}

impl<A: Future<Output = ()> + Unpin> Deadline<A> {
    /// Takes the alarm that goes off when the time is over.
    pub(crate) const fn new(alarm: A) -> Self {
        Self { alarm, is_over: false }
    }

    /// Waits for a future; nothing when the time is over first.
    pub(crate) async fn within<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        if !self.is_over {
            match first_of(future.as_mut(), &mut self.alarm).await {
                First::One(value) => return Some(value),
                First::Other => self.is_over = true,
            }
        }
        for _ in 0..GLANCES {
            yield_now().await;
            if let First::One(value) = first_of(future.as_mut(), std::future::ready(())).await {
                return Some(value);
            }
        }
        None
    }
}

/// Which of two futures was ready first.
pub(crate) enum First<T> {
    /// The one.
    One(T),
    /// The other.
    Other,
}

/// Waits for the first of two futures; the one where both are ready.
pub(crate) fn first_of<T>(
    mut one: impl Future<Output = T> + Unpin,
    mut other: impl Future<Output = ()> + Unpin,
) -> impl Future<Output = First<T>> {
    poll_fn(move |context| match Pin::new(&mut one).poll(context) {
        Poll::Ready(value) => Poll::Ready(First::One(value)),
        Poll::Pending => Pin::new(&mut other).poll(context).map(|()| First::Other),
    })
}

/// Lets the runtime do what has become possible.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn yield_now() {
    if crate::runtime::current().is_some() {
        tokio::task::yield_now().await;
    }
}

/// A transport of the caller's does as it likes.
#[cfg(target_arch = "wasm32")]
pub(crate) async fn yield_now() {}
